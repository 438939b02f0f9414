// Ties the numbers in an answer to the reading panel. Runs once, from the page's head; needs no eval.
(() => {
  const narrow = () => window.matchMedia("(max-width: 860px)").matches;
  let stamp = 0;

  // A number in an answer: hand it to Python through the hidden textbox.
  const openEvidence = (reference) => {
    const box = document.querySelector("#evidence-link textarea, #evidence-link input");
    if (!box) return;
    stamp += 1;
    box.value = `${reference} ${stamp}`;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // Browsers give the clipboard only to pages from this machine or over https; elsewhere the old way works.
  const putOnClipboard = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const area = document.body.appendChild(document.createElement("textarea"));
    area.value = text;
    area.select();
    document.execCommand("copy");
    area.remove();
  };

  const copyAnswer = async (link) => {
    const copy = link.closest(".answer").cloneNode(true);
    for (const extra of copy.querySelectorAll(".copy, .understood")) extra.remove();
    for (const chip of copy.querySelectorAll("a.chip")) chip.textContent = `[${chip.textContent}]`;
    for (const item of copy.querySelectorAll("li")) item.prepend("- ");
    for (const block of copy.querySelectorAll("p, li, summary")) block.append("\n");
    await putOnClipboard(copy.textContent.trim());
    link.textContent = "Copied";
    setTimeout(() => (link.textContent = "Copy"), 1500);
  };

  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("#chat .answer a");
      const [, kind, reference] = link?.getAttribute("href")?.match(/#(ev|copy)-([\d-]+)$/) ?? [];
      if (!kind) return;
      event.preventDefault();
      event.stopPropagation();
      if (kind === "copy") return copyAnswer(link);
      openEvidence(reference);
    },
    true,
  );

  // A new letter in the panel: bring the chosen words into view, or the top of the letter.
  let seen = null;
  const reveal = (panel) => {
    const letter = panel.querySelector(".text");
    if (!letter || letter === seen) return;
    seen = letter;
    const mark = letter.querySelector("mark.chosen");
    const below = mark ? mark.getBoundingClientRect().top - panel.getBoundingClientRect().top : 0;
    panel.scrollTop = mark ? panel.scrollTop + below - panel.clientHeight / 3 : 0;
    if (narrow()) (mark ?? panel).scrollIntoView({ block: "center", behavior: "smooth" });
  };

  // The number that is open is the one that looks open, also after "Next".
  const follow = (counter) => {
    const place = counter.querySelector("[id^=at-]")?.id.slice(3);
    for (const chip of document.querySelectorAll("#chat a.chip")) {
      const current = chip.getAttribute("href").endsWith(`#ev-${place}`);
      chip.classList.toggle("current", current);
      if (current && !narrow()) chip.scrollIntoView({ block: "nearest" });
    }
  };

  // A new question goes to the top of the chat and stays there while its answer grows, until the reader scrolls.
  let questions = 0;
  let pinned = null;
  const keepInView = (chat) => {
    const asked = chat.querySelectorAll(".user-row");
    if (asked.length > questions) pinned = asked[asked.length - 1];
    questions = asked.length;
    if (!pinned?.isConnected) return;
    const scroller = chat.querySelector(".bubble-wrap");
    scroller.scrollTop += pinned.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 14;
  };
  for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"])
    document.addEventListener(kind, (event) => event.target.closest?.("#chat") && (pinned = null), { passive: true });

  // Gradio reads a message's markup aloud; the words inside it are enough.
  const relabel = (chat) => {
    for (const message of chat.querySelectorAll("[data-testid=user][aria-label], [data-testid=bot][aria-label]"))
      message.removeAttribute("aria-label");
  };

  const watch = () => {
    const panel = document.querySelector("#letter");
    const chat = document.querySelector("#chat");
    const right = document.querySelector("#right");
    if (!panel || !chat || !right) return void setTimeout(watch, 200);
    const opened = () => (reveal(panel), follow(right));
    new MutationObserver(opened).observe(right, { childList: true, subtree: true, characterData: true });
    const grown = () => (relabel(chat), keepInView(chat));
    new MutationObserver(grown).observe(chat, { childList: true, subtree: true, characterData: true });
  };
  watch();
})();
