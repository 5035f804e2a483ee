import assert from "node:assert/strict";
import test from "node:test";
import { learn } from "../../../../static/console/names.js";
import { filterText } from "../../../../static/network/notices/notificationparts.js";

test("what a channel hears of is said in words: no key of a region, no code of a kind of alarm", () => {
  learn("region", { lanwan: "Blue Bay" });
  const channel = { least_severity: "major", region: "lanwan", alarm_type: "quality_of_service", search: "bs-" };
  const text = filterText(channel);
  assert.match(text, /Blue Bay · Quality of service · “bs-”$/);
  assert.doesNotMatch(text, /lanwan|quality_of_service/);
  assert.equal(filterText({ ...channel, is_for_escalations_only: true }), "only escalations");
});
