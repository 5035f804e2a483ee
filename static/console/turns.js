/**
 * Whose answer is drawn when questions overlap: none of an older question, and none that was asked for earlier than
 * what is drawn. A question that is asked over and over does not keep its slow answers from being drawn. Pure.
 */

/** @typedef {{own: number, question: string}} Turn */

export class Turns {
  #asked = 0;
  #taken = 0;
  #question = "";

  /** @param {string} [question] what is asked for @returns {Turn} */
  ask(question = "") {
    this.#question = question;
    return { own: ++this.#asked, question };
  }

  /** Whether the answer is to be drawn, which from now on no earlier one is. @param {Turn} turn */
  take({ own, question }) {
    if (own < this.#taken || question !== this.#question) return false;
    this.#taken = own;
    return true;
  }

  /**
   * Ask, and return what is to be drawn; null where something else was asked for meanwhile: then a failure is of no
   * more use than an answer.
   * @template Answer @param {string} question @param {() => Promise<Answer>} fetchIt @returns {Promise<Answer|null>}
   */
  async answerTo(question, fetchIt) {
    const turn = this.ask(question);
    try {
      const answer = await fetchIt();
      return this.take(turn) ? answer : null;
    } catch (problem) {
      if (this.take(turn)) throw problem;
      return null;
    }
  }
}
