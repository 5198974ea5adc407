// Where an item stands. first: what is on its way; next: what was written since; stuck: a person has to decide.

import { ask, showMine } from "./conflict.js";
import { answerOf, fill, isBlank, isSame, loadedAnswerOf } from "./fields.js";
import { keep, keptOf } from "./kept.js";
import { clock, say, showProgress, showRefusal, why } from "./telling.js";

const TYPING_MILLISECONDS = 1000;

export class Line {
  constructor(item, page) {
    this.item = item;
    this.page = page;
    this.code = item.dataset.item;
    this.field = item.querySelector(`[name="${this.code}.version"]`);
    this.version = Number(this.field.value);
    this.held = loadedAnswerOf(item);
    this.isAnswered = this.version > 0 && !isBlank(this.held);
    this.first = this.next = this.stuck = this.typing = null;
  }

  get isWaiting() {
    return Boolean(this.first || this.next);
  }

  get isReady() {
    return Boolean(this.first || (this.next && !this.typing)) && !this.stuck;
  }

  // Puts the present fields into the line, unless they are what is held already.
  write() {
    clearTimeout(this.typing);
    this.typing = null;
    this.next = answerOf(this.item);
    if (this.stuck === "conflict") showMine(this.item, this.next);
    else if (!this.first && isSame(this.next, this.held)) this.rest();
    else this.stuck = null;
    this.store();
  }

  // While somebody types, nothing is sent.
  type() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.page.save(this), TYPING_MILLISECONDS);
    this.next = answerOf(this.item);
    this.store();
  }

  rest() {
    this.first = this.next = this.stuck = null;
    showRefusal(this.item, "");
    say(this.item, "");
  }

  store() {
    const { first, next, version } = this;
    keep(this.page.address, this.code, this.isWaiting ? { first, next, version } : null);
  }

  // After a reload: the words are put back, what was on its way goes again under its old key. Without a reload: what
  // was written before this script was there is saved as well.
  restore() {
    const kept = keptOf(this.page.address, this.code);
    if (!kept) {
      if (!isSame(answerOf(this.item), this.held)) this.write();
      return;
    }
    Object.assign(this, kept);
    fill(this.item, this.next ?? this.first.answer);
    say(this.item, "Not saved yet. Trying again …", true);
  }

  request() {
    if (!this.first) {
      this.first = { key: crypto.randomUUID(), version: this.version, answer: this.next };
      this.next = null;
      this.store();
    }
    return this.first;
  }

  settle(reply) {
    const { answer } = this.first;
    if (reply.status === 200) return this.saved(answer, reply.told);
    this.first = null;
    this.next ??= answer;
    if (reply.status === 409) this.meet(reply.told);
    else {
      this.stuck = "refused";
      if (reply.told.expected) showRefusal(this.item, reply.told.expected);
      say(this.item, reply.told.expected ? "Not saved yet." : `Not saved: ${why(reply)}.`, true);
    }
    this.store();
  }

  saved(answer, told) {
    this.first = null;
    this.version = this.field.value = told.version;
    showRefusal(this.item, "");
    this.hold(answer, told.progress);
    if (told.asked) this.page.follow(told.asked);
    if (!this.next) say(this.item, `Saved at ${clock(told.saved_at)}.`);
    this.store();
  }

  meet(theirs) {
    const mine = this.next;
    if (isSame(mine, theirs.value)) return this.adopt(theirs);
    this.stuck = "conflict";
    say(this.item, "Not saved yet: choose an answer above.", true);
    ask(this.item, mine, theirs, {
      keepMine: () => {
        this.version = theirs.version;
        this.hold(theirs.value);
        this.stuck = null;
        this.page.save(this);
      },
      takeTheirs: () => {
        fill(this.item, theirs.value);
        this.adopt(theirs);
      },
    });
  }

  adopt(theirs) {
    this.rest();
    this.hold(theirs.value);
    this.version = this.field.value = theirs.version;
    say(this.item, theirs.saved_at ? `Saved at ${clock(theirs.saved_at)}.` : "");
    this.store();
    this.page.tell();
  }

  hold(answer, progress) {
    showProgress(Number(!isBlank(answer)) - Number(this.isAnswered), progress);
    this.held = answer;
    this.isAnswered = !isBlank(answer);
  }
}
