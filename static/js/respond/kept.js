// Words that the server has not acknowledged, kept in this tab: they outlive a reload and a crash of the tab, end with
// it, and are removed as soon as they are saved. A browser that keeps nothing only loses the reload.

const name = (address, code) => `unsaved ${address}${code}`;

export function keep(address, code, entry) {
  try {
    if (entry) sessionStorage.setItem(name(address, code), JSON.stringify(entry));
    else sessionStorage.removeItem(name(address, code));
  } catch {
    // Full or switched off: the words are still on the screen.
  }
}

export function keptOf(address, code) {
  try {
    return JSON.parse(sessionStorage.getItem(name(address, code)));
  } catch {
    return null;
  }
}
