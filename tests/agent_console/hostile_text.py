"""Texts that break what is careless: markup, templates, SQL, shells, dialplans, formats, scripts of writing.

Whoever adds a field that people fill sends each of these through it.
"""

CORPUS = (
    "<script>alert('hostile')</script>",
    "<img src=x onerror=alert(1) id=hostile>",
    "\"><svg onload=alert(1)><iframe srcdoc='<script>alert(1)</script>'>",
    "' onfocus=alert(1) autofocus x='",
    "</textarea></title></style><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7} <%= 7*7 %>",
    "{user} {0} {__class__} %s %n %(x)s",
    '\'; DROP TABLE cases; -- " OR ""="',
    "%_[]^$.*+?()|\\ /etc/passwd ../../../etc/passwd",
    "$(touch /tmp/centrala-hostile) `id` ; | & > <",
    "${SHELL(id)} $[1/0] &PJSIP/2001& CALLERID(num)",
    '=HYPERLINK("http://elsewhere.example","x") +1+1 @SUM(A1) -2',
    "Ђорђе Љубинка Њега Џеп Čačak Šabac Žikica Đorđe",
    "e\u0301 \u0065\u0301 \u00e9 \ufb01 ß İ ı",
    "\u202egnirts desrever\u202c \u200b\u200d\ufeff",
    "مرحبا שלום 你好 🚰🔥👩‍🚒",
    "line one\nline two\r\nline three\ttabbed",
    "&lt;b&gt; &amp;amp; &#x3C;script&#x3E;",
    "x" * 2000,
    "null undefined NaN true [] {} -0 1e999",
)
