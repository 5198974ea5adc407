// Forms that need a passkey: `data-passkey="create"` makes one, `data-passkey="get"` shows one. The options come from
// #passkey-options in the page, or from the address in data-passkey-options. Without script the forms stay hidden.

const { create, get, supported } = window.webauthnJSON;

async function options(form) {
  if (!form.dataset.passkeyOptions) return JSON.parse(document.getElementById("passkey-options").textContent);
  const answer = await fetch(form.dataset.passkeyOptions, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error("the server did not answer");
  return (await answer.json()).request_options;
}

async function credential(form) {
  const asked = await options(form);
  if (form.dataset.passkey === "get") return get(asked);
  asked.publicKey.authenticatorSelection = {
    ...asked.publicKey.authenticatorSelection,
    residentKey: "preferred",
    userVerification: "preferred",
  };
  return create(asked);
}

for (const form of supported() ? document.querySelectorAll("[data-passkey]") : []) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const state = form.querySelector("[data-passkey-state]");
    state.textContent = "Follow the steps on your device …";
    try {
      form.querySelector("[name=credential]").value = JSON.stringify(await credential(form));
      form.submit();
    } catch (reason) {
      state.textContent = "The passkey was not used: the device or the browser refused, or you cancelled. Try again, or use another method.";
    }
  });
}
