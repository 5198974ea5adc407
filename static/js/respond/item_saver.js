// The state of one item between the screen and the server.
//
// sent      what is being sent, with its key: it is sent again unchanged until the server replies
// unsent    what was entered since
// blocked   "refused" or "conflict": nothing is sent until a person changes or chooses an answer
// stored    the answer that the server holds, with its version

import { askToChoose, showMine } from "./conflict.js";
import { answerOf, fill, isBlank, isSame, loadedAnswerOf } from "./fields.js";
import { clock, reasonOf, showError, showProgress, showState } from "./messages.js";
import { newKey } from "./requests.js";
import { readUnsaved, storeUnsaved } from "./unsaved_answers.js";

const TYPING_MILLISECONDS = 1000;

export class ItemSaver {
  constructor(item, page) {
    this.item = item;
    this.page = page;
    this.code = item.dataset.item;
    this.versionField = item.querySelector(`[name="${this.code}.version"]`);
    this.version = Number(this.versionField.value);
    this.stored = loadedAnswerOf(item);
    this.isAnswered = this.version > 0 && !isBlank(this.stored);
    this.sent = this.unsent = this.blocked = this.typingTimer = null;
  }

  get isUnsaved() {
    return Boolean(this.sent || this.unsent);
  }

  get isReady() {
    return Boolean(this.sent || (this.unsent && !this.typingTimer)) && !this.blocked;
  }

  // Takes the present answer for sending, unless it is the stored one.
  readAnswer() {
    clearTimeout(this.typingTimer);
    this.typingTimer = null;
    this.unsent = answerOf(this.item);
    if (this.blocked === "conflict") showMine(this.item, this.unsent);
    else if (!this.sent && isSame(this.unsent, this.stored)) this.discard();
    else this.blocked = null;
    this.keep();
  }

  // Waits for a pause in typing before it sends.
  readTyping() {
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => this.page.save(this), TYPING_MILLISECONDS);
    this.unsent = answerOf(this.item);
    this.keep();
  }

  discard() {
    this.sent = this.unsent = this.blocked = null;
    showError(this.item, "");
    showState(this.item, "");
  }

  keep() {
    const { sent, unsent, version } = this;
    storeUnsaved(this.page.address, this.code, this.isUnsaved ? { sent, unsent, version } : null);
  }

  // After a reload the entered answer is put back, and what was being sent is sent again with its key. Without a
  // reload, what was entered before this script ran is saved as well.
  restore() {
    const kept = readUnsaved(this.page.address, this.code);
    if (!kept) {
      if (!isSame(answerOf(this.item), this.stored)) this.readAnswer();
      return;
    }
    Object.assign(this, kept);
    fill(this.item, this.unsent ?? this.sent.answer);
    showState(this.item, "Not saved yet. Trying again …", true);
  }

  request() {
    if (!this.sent) {
      this.sent = { key: newKey(), version: this.version, answer: this.unsent };
      this.unsent = null;
      this.keep();
    }
    return this.sent;
  }

  handleReply(reply) {
    const { answer } = this.sent;
    if (reply.status === 200) return this.acknowledge(answer, reply.body);
    this.sent = null;
    this.unsent ??= answer;
    if (reply.status === 409) this.handleConflict(reply.body);
    else {
      this.blocked = "refused";
      if (reply.body.expected) showError(this.item, reply.body.expected);
      showState(this.item, reply.body.expected ? "Not saved yet." : `Not saved: ${reasonOf(reply)}.`, true);
    }
    this.keep();
  }

  acknowledge(answer, body) {
    this.sent = null;
    this.version = this.versionField.value = body.version;
    showError(this.item, "");
    this.setStored(answer, body.progress);
    if (body.asked) this.page.showAsked(body.asked);
    if (!this.unsent) showState(this.item, `Saved at ${clock(body.saved_at)}.`);
    this.keep();
  }

  handleConflict(theirs) {
    const mine = this.unsent;
    if (isSame(mine, theirs.value)) return this.adopt(theirs);
    this.blocked = "conflict";
    showState(this.item, "Not saved yet: choose an answer above.", true);
    askToChoose(this.item, mine, theirs, {
      keepMine: () => {
        this.version = theirs.version;
        this.setStored(theirs.value);
        this.blocked = null;
        this.page.save(this);
      },
      takeTheirs: () => {
        fill(this.item, theirs.value);
        this.adopt(theirs);
      },
    });
  }

  adopt(theirs) {
    this.discard();
    this.setStored(theirs.value);
    this.version = this.versionField.value = theirs.version;
    showState(this.item, theirs.saved_at ? `Saved at ${clock(theirs.saved_at)}.` : "");
    this.keep();
    this.page.announceState();
  }

  setStored(answer, progress) {
    showProgress(Number(!isBlank(answer)) - Number(this.isAnswered), progress);
    this.stored = answer;
    this.isAnswered = !isBlank(answer);
  }
}
