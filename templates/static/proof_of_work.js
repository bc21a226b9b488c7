// Proof of work: finds the number behind a hash while the person types. Pages work without: by waiting.
(() => {
  "use strict";

  const AT_ONCE = 256; // hashes between two looks at the page, so that typing stays smooth
  const part = document.querySelector("[data-work]");
  if (!part || !window.crypto?.subtle) return;

  const field = part.querySelector("input[name=work]");
  const form = part.closest("form");
  const work = JSON.parse(part.dataset.work);
  const encoder = new TextEncoder();
  const hex = (bytes) => Array.from(new Uint8Array(bytes), (one) => one.toString(16).padStart(2, "0")).join("");
  const hash = async (number) => hex(await crypto.subtle.digest("SHA-256", encoder.encode(work.salt + number)));

  const solve = async () => {
    for (let from = 0; from <= work.maxnumber; from += AT_ONCE) {
      const numbers = Array.from({ length: Math.min(AT_ONCE, work.maxnumber - from + 1) }, (_, one) => from + one);
      const found = (await Promise.all(numbers.map(hash))).indexOf(work.challenge);
      if (found >= 0) return from + found;
      await new Promise((next) => setTimeout(next));
    }
    return null;
  };

  let isSolved = false;
  let waiting = null; // the button that was pressed too early
  // Before the page's other listeners: the form goes out once the number is found.
  addEventListener(
    "submit",
    (event) => {
      if (event.target !== form || isSolved) return;
      event.preventDefault();
      event.stopPropagation();
      waiting = event.submitter;
      waiting?.setAttribute("aria-busy", "true");
    },
    true,
  );

  solve().then((number) => {
    isSolved = true;
    if (number !== null) field.value = btoa(JSON.stringify({ ...work, number }));
    part.querySelector("[data-work-said]").textContent = part.dataset.workDone;
    if (!waiting) return;
    waiting.removeAttribute("aria-busy");
    form.requestSubmit(waiting);
  });
})();
