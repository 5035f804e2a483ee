/** What may be done to alarms, by whom, and to which. */
import { clearByHand, release, takeBack } from "./alarmanswers.js";
import { askAcknowledge, askAssign, askComment, askOutOfService, askShelve, askSuppress } from "./alarmdialogs.js";

/**
 * @typedef {{id: string, may: boolean, right: string, run: (alarms: any[], done: (isDone: boolean) => void) => unknown,
 *   fits: (alarm: any) => boolean}} OperatorAction
 */

/** @param {any} alarm */
const isLoud = (alarm) => !alarm.ended_at && !alarm.held_by;

/**
 * @param {{mayAcknowledge: boolean, mayChange: boolean, mayHold: boolean}} may what the person of the page may
 * @returns {OperatorAction[]}
 */
export function operatorActions({ mayAcknowledge, mayChange, mayHold }) {
  const acknowledge = { may: mayAcknowledge, right: "network.acknowledge_alarm" };
  const change = { may: mayChange, right: "network.change_alarm" };
  const hold = { may: mayHold, right: "network.add_alarmhold" };
  return [
    {
      id: "acknowledge",
      ...acknowledge,
      run: askAcknowledge,
      fits: (alarm) => !alarm.acknowledged_at,
    },
    {
      id: "shelve",
      ...change,
      run: askShelve,
      fits: isLoud,
    },
    {
      id: "release",
      ...change,
      run: release,
      fits: (alarm) => Boolean(alarm.held_by) && (mayHold || alarm.state === "shelved"),
    },
    { id: "comment-button", ...change, run: askComment, fits: () => true },
    {
      id: "suppress",
      ...hold,
      run: askSuppress,
      fits: isLoud,
    },
    {
      id: "out-of-service",
      ...hold,
      run: askOutOfService,
      fits: isLoud,
    },
    {
      id: "take-back",
      ...acknowledge,
      run: takeBack,
      fits: (alarm) => Boolean(alarm.acknowledged_at),
    },
    { id: "clear", ...change, run: clearByHand, fits: (alarm) => !alarm.ended_at },
    { id: "assign", ...change, run: askAssign, fits: () => true },
  ];
}
