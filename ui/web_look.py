"""How the page looks: a theme of system fonts, one stylesheet, one script. Nothing is fetched from elsewhere."""

from __future__ import annotations

from pathlib import Path

from gradio.themes import Base
from gradio.themes.utils import colors, sizes

ICON = Path(__file__).with_name("web.png")
_CSS = Path(__file__).with_name("web.css")
_SCRIPT = Path(__file__).with_name("web.js")
_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
_MONO = ("ui-monospace", "Cascadia Mono", "Menlo", "Consolas", "monospace")
_INK = colors.Color(
    name="ink",
    c50="#f1f5f9",
    c100="#e1e9f1",
    c200="#c5d4e3",
    c300="#9db6ce",
    c400="#6f91b2",
    c500="#4a7197",
    c600="#38597c",
    c700="#2e4963",
    c800="#263b50",
    c900="#1d2c3c",
    c950="#121c27",
)


def theme() -> Base:
    """Return the theme: paper and ink, light and dark."""
    return Base(
        primary_hue=_INK,
        secondary_hue=_INK,
        neutral_hue=colors.stone,
        text_size=sizes.text_md,
        radius_size=sizes.radius_md,
        font=_SANS,
        font_mono=_MONO,
    ).set(
        body_background_fill="#f7f6f3",
        body_background_fill_dark="#15171a",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#1d2024",
        background_fill_secondary="#f7f6f3",
        background_fill_secondary_dark="#181a1e",
        block_background_fill="#ffffff",
        block_background_fill_dark="#1d2024",
        block_border_color="#e4e1db",
        block_border_color_dark="#31353b",
        block_border_width="1px",
        block_shadow="none",
        border_color_primary="#e4e1db",
        border_color_primary_dark="#31353b",
        body_text_color="#23272e",
        body_text_color_dark="#e4e6e9",
        body_text_color_subdued="#69707a",
        body_text_color_subdued_dark="#9aa1ab",
        input_background_fill="#ffffff",
        input_background_fill_dark="#1d2024",
        input_shadow="none",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_dark="*primary_500",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_hover_dark="*primary_400",
        button_primary_text_color="#ffffff",
        button_secondary_background_fill="#ffffff",
        button_secondary_background_fill_dark="#24282d",
        button_secondary_background_fill_hover="#f1efeb",
        button_secondary_background_fill_hover_dark="#2d3238",
        button_secondary_border_color="#d9d5cd",
        button_secondary_border_color_dark="#3a3f46",
        button_border_width="1px",
    )


def stylesheet() -> str:
    """Return the page's own CSS."""
    return _CSS.read_text(encoding="utf-8")


def head() -> str:
    """Return what goes into the page's head: the script that ties evidence numbers to the panel."""
    return f"<script>{_SCRIPT.read_text(encoding='utf-8')}</script>"
