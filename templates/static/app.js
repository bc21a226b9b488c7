// Additions for those whose browser runs scripts; every page works without them.
(() => {
  "use strict";

  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

  // Show password: the button is in the page but hidden, so that nothing moves.
  each("[data-reveal]", (button) => {
    const input = document.getElementById(button.dataset.reveal);
    const { show, hide } = button.dataset;
    button.hidden = false;
    button.addEventListener("click", () => {
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      button.textContent = shown ? hide : show;
      button.setAttribute("aria-pressed", String(shown));
      input.focus();
    });
    input.form?.addEventListener("submit", () => {
      input.type = "password"; // browsers only offer to save a password field
    });
  });

  // Password rules and strength in words, said politely and late enough not to nag.
  each("[data-strength]", (said) => {
    const input = document.getElementById(said.dataset.strength);
    const least = Number(said.dataset.least);
    const rule = document.querySelector(`[data-rule-for="${input.id}"]`);
    let timer;
    input.addEventListener("input", () => {
      const length = [...input.value].length;
      rule?.classList.toggle("met", length >= least);
      clearTimeout(timer);
      timer = setTimeout(() => {
        const kinds = new Set(input.value).size;
        const missing = least - length;
        if (!length) said.textContent = "";
        else if (missing > 0) said.textContent = said.dataset.short.replace("%n", missing);
        else if (kinds < 6) said.textContent = said.dataset.weak;
        else said.textContent = length >= least + 5 ? said.dataset.strong : said.dataset.good;
      }, 400);
    });
  });

  // Resend: the button waits and says for how long.
  each("[data-wait]", (button) => {
    const until = Date.now() + Number(button.dataset.wait) * 1000;
    const said = document.getElementById(button.dataset.waitText);
    const tick = () => {
      const left = Math.ceil((until - Date.now()) / 1000);
      if (left > 0) {
        button.setAttribute("aria-disabled", "true");
        if (said) said.textContent = said.dataset.text.replace("%n", left);
        setTimeout(tick, 1000);
      } else {
        button.removeAttribute("aria-disabled");
        if (said) said.textContent = "";
      }
    };
    if (Number(button.dataset.wait) > 0) tick();
  });

  // Copy.
  each("[data-copy]", (button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    const label = button.textContent;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.copied;
      setTimeout(() => (button.textContent = label), 2000);
    });
  });

  // Busy: one press, one request. Not `disabled`: that would drop the button's name and value.
  each("form", (form) => {
    form.addEventListener("submit", (event) => {
      const button = event.submitter;
      if (form.dataset.sent || button?.getAttribute("aria-disabled") === "true") {
        event.preventDefault();
        return;
      }
      if (button?.hasAttribute("data-download")) return;
      form.dataset.sent = "yes";
      button?.setAttribute("aria-busy", "true");
    });
  });
  // A page from the back-forward cache must be usable again.
  addEventListener("pageshow", () => {
    each("form[data-sent]", (form) => delete form.dataset.sent);
    each("[aria-busy]", (button) => button.removeAttribute("aria-busy"));
  });

  // An answer that is carried to an app by a form goes without a press.
  document.querySelector("form[data-send]")?.requestSubmit();

  // The first field that is wrong, else the error summary, takes the focus.
  (document.querySelector("[data-focus]") || document.querySelector("#error-summary"))?.focus();
})();
