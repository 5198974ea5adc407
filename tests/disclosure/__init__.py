"""An attack on published releases by an independent program. It reads only what the public reads (the pack, REST and
CSV of a release with the definitions in the pack) and the threshold k, and asks what follows about fewer than k
organisations and about numbers that are withheld or told as ranges. It shares no code with the analysis; the raw
answers serve only to confirm what it finds and to say how large it is."""
