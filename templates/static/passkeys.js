// Passkeys: a button and autofill that fill a form's hidden answer and send it. Pages work without.
(() => {
  "use strict";

  const webauthn = window.SimpleWebAuthnBrowser;
  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);
  const say = (form, what) => {
    const said = form.querySelector("[data-passkey-said]");
    said.hidden = !what; // shown first: a reader tells only what changes in sight
    said.querySelector("div").textContent = what ? form.dataset[what] : "";
  };

  if (!webauthn?.browserSupportsWebAuthn()) {
    each("[data-passkey-unsupported]", (text) => (text.hidden = false));
    return;
  }

  const optionsOf = (form) => ({ optionsJSON: JSON.parse(form.dataset.options) });
  const send = (form, answer) => {
    form.elements.credential.value = JSON.stringify(answer);
    // A wish that is ticked in the form above counts here too.
    form.querySelectorAll("[data-same-as]").forEach((field) => {
      const ticked = document.getElementById(field.dataset.sameAs);
      field.value = ticked?.checked ? ticked.value : "";
    });
    form.requestSubmit();
  };

  const autofill = async () => {
    const form = document.querySelector("form[data-passkey-autofill]");
    if (!form || !(await webauthn.browserSupportsWebAuthnAutofill())) return;
    try {
      send(form, await webauthn.startAuthentication({ ...optionsOf(form), useBrowserAutofill: true }));
    } catch {
      // Another ceremony took its place, or the page is left: nobody asked for anything.
    }
  };

  const reasons = { InvalidStateError: "known", NotAllowedError: "cancelled" };
  // Ask the device; `part` of the page holds the options, the button and the words for what went wrong.
  const ask = async (part, ceremony, use) => {
    const button = part.querySelector("button");
    if (button.getAttribute("aria-busy")) return;
    say(part, "");
    button.setAttribute("aria-busy", "true");
    try {
      use(await ceremony(optionsOf(part)));
    } catch (error) {
      button.removeAttribute("aria-busy");
      say(part, reasons[error.name] ?? "failed");
      autofill();
    }
  };

  each("form[data-passkey]", (form) => (form.hidden = false));
  each("[data-passkey-supported]", (text) => (text.hidden = false));
  // Before the page's other listeners: without an answer the form does not go out, it asks for one.
  addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.dataset.passkey || form.elements.credential.value) return;
      event.preventDefault();
      event.stopPropagation();
      const { startRegistration, startAuthentication } = webauthn;
      ask(form, form.dataset.passkey === "create" ? startRegistration : startAuthentication, (answer) => send(form, answer));
    },
    true,
  );
  // In place of a password: the form keeps the answer until its other fields are filled too.
  each("[data-passkey-instead]", (part) => {
    part.hidden = false;
    part.querySelector("button").addEventListener("click", () =>
      ask(part, webauthn.startRegistration, (answer) => {
        part.closest("form").elements.credential.value = JSON.stringify(answer);
        document.getElementById("passkey-ready").hidden = false;
        document.getElementById("password-or-passkey").remove();
      }),
    );
  });
  // A page from the back-forward cache asks anew.
  addEventListener("pageshow", () => each("form[data-passkey]", (form) => (form.elements.credential.value = "")));
  autofill();

  // The password form says that this device could keep a passkey, so that one may be offered.
  each("form[data-passkey-offer]", async (form) => {
    if (!(await webauthn.platformAuthenticatorIsAvailable())) return;
    const capable = document.createElement("input");
    Object.assign(capable, { type: "hidden", name: "passkey_capable", value: "yes" });
    form.append(capable);
  });
})();
