"""Code that views share: access policies, forms, disk space, and marks of costly requests.

`access` declares who may call a view. Only views of both packages and the project may import this folder.
"""
