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

  const ask = async (form) => {
    say(form, "");
    form.querySelector("button")?.setAttribute("aria-busy", "true");
    const isNew = form.dataset.passkey === "create";
    try {
      send(form, await (isNew ? webauthn.startRegistration : webauthn.startAuthentication)(optionsOf(form)));
    } catch (error) {
      form.querySelector("button")?.removeAttribute("aria-busy");
      say(form, error.name === "InvalidStateError" ? "known" : error.name === "NotAllowedError" ? "cancelled" : "failed");
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
      if (form.querySelector("[aria-busy]")) return;
      ask(form);
    },
    true,
  );
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
