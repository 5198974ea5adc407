// Answers that the server has not acknowledged, stored for this tab. They survive a reload and a crash of the tab, end
// with it, and are removed as soon as they are saved. In a browser that stores nothing, only a reload loses them.

const name = (address, code) => `unsaved ${address}${code}`;

export function storeUnsaved(address, code, entry) {
  try {
    if (entry) sessionStorage.setItem(name(address, code), JSON.stringify(entry));
    else sessionStorage.removeItem(name(address, code));
  } catch {
    // Full or switched off: the answers are still on the screen.
  }
}

export function readUnsaved(address, code) {
  try {
    const entry = JSON.parse(sessionStorage.getItem(name(address, code)));
    // A page from before an upgrade stored the same two answers as `first` and `next`.
    if (!entry) return null;
    const { sent = entry.first, unsent = entry.next, version } = entry;
    return { sent: sent ?? null, unsent: unsent ?? null, version };
  } catch {
    return null;
  }
}
