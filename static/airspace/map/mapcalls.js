/** Who wants to hear of a map: that it moved, was clicked, taken into hand, pointed at, and drawn. */

/** @typedef {(...given: any[]) => unknown} Call */

export class MapCalls {
  /** @type {Record<"moved"|"pick"|"grabbed"|"hover"|"drawn", Call[]>} */
  calls = { moved: [], pick: [], grabbed: [], hover: [], drawn: [] };

  /** @param {Call} call */
  onMoved(call) {
    this.calls.moved.push(call);
  }

  /** @param {Call} call */
  onPick(call) {
    this.calls.pick.push(call);
  }

  /** @param {Call} call */
  onHover(call) {
    this.calls.hover.push(call);
  }

  /** @param {Call} call */
  onGrabbed(call) {
    this.calls.grabbed.push(call);
  }

  /** @param {Call} call */
  onDrawn(call) {
    this.calls.drawn.push(call);
  }
}
