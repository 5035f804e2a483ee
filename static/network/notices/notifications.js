/** The notifications page: channels, steps of escalation, and the notices with those that did not arrive. */
import { bar, UNDER_WAY } from "../../console/barred.js";
import { getJson, sendJson } from "../../console/api.js";
import { confirmAction } from "../../console/dialog.js";
import { ageText, byId, chip, el, replace, widget } from "../../console/dom.js";
import { formatNumber, gettext, interpolate } from "../../console/i18n.js";
import { listing } from "../../console/listing.js";
import { tableOf } from "../../console/table.js";
import { toast } from "../../console/toast.js";
import { severityChip, timeOf } from "../words.js";
import { ask, actionButton, filterText, howItDoes, showSecret, tryTo } from "./notificationparts.js";

const page = byId("notifications-page");
/** @param {string} what */
const may = (what) => page.dataset[`may${what}`] === "yes";
/** @type {Record<string, string>} */
const KIND_WORDS = { webhook: gettext("webhook"), email: gettext("e-mail") };
/** @type {Record<string, string>} */
const NOTICE_WORDS = {
  raised: gettext("raised"),
  severity: gettext("severity changed"),
  acknowledged: gettext("acknowledged"),
  unacknowledged: gettext("acknowledgement taken back"),
  cleared: gettext("cleared"),
  escalated: gettext("escalated"),
  test: gettext("test"),
};
/** @type {Record<string, [string, string]>} */
const STATES = {
  waiting: ["waiting", gettext("waiting")],
  sent: ["done", gettext("sent")],
  skipped: ["off", gettext("left out")],
  dead: ["failed", gettext("given up")],
};
const TEST_EVERY_MS = 1000;
const TEST_TIMES = 30;
const channelsState = widget(byId("channels"));
const rulesState = widget(byId("escalations"));
/** @type {any[]} */
let channels = [];

/** @param {any} channel */
function channelRow(channel) {
  const change = "network.change_noticechannel";
  return [
    channel.name,
    KIND_WORDS[channel.kind],
    el("span", { class: "mono" }, channel.target),
    filterText(channel),
    howItDoes(channel),
    el(
      "span",
      { class: "row" },
      actionButton(gettext("Send a test"), may("Change") && channel.is_active, change, (event) =>
        test(channel, event.target),
      ),
      actionButton(gettext("Change"), may("Change"), change, () => editChannel(channel)),
      actionButton(gettext("New secret"), may("Change"), change, () => renew(channel)),
      actionButton(gettext("Remove"), may("Delete"), "network.delete_noticechannel", () => remove(channel)),
    ),
  ];
}

async function loadChannels() {
  try {
    channels = (await getJson("/api/v1/alarms/channels?limit=200")).results;
  } catch (problem) {
    return problem.status === 403
      ? channelsState.forbidden("network.view_noticechannel")
      : channelsState.error(problem.message, loadChannels);
  }
  const select = /** @type {HTMLSelectElement} */ (byId("f-channel"));
  const kept = new URLSearchParams(location.search).get("channel") || select.value;
  replace(select, select.options[0], ...channels.map((channel) => el("option", { value: channel.id }, channel.name)));
  select.value = channels.some((channel) => String(channel.id) === kept) ? kept : "";
  if (!channels.length)
    return channelsState.empty(
      gettext("Alarms are told of on these pages only. Add a channel to tell another system or a mailbox."),
    );
  return channelsState.show(
    tableOf(
      [gettext("Name"), gettext("Kind"), gettext("Target"), gettext("Notified of"), gettext("State"), ""],
      channels.map(channelRow),
    ),
  );
}

async function loadRules() {
  try {
    const { results } = await getJson("/api/v1/alarms/escalations?limit=100");
    if (!results.length)
      return rulesState.empty(
        gettext(
          "Nothing happens when nobody acknowledges. Add a step to raise such alarms in the strip and to tell somebody.",
        ),
      );
    const rows = results.map((/** @type {any} */ rule) => [
      severityChip(rule.severity),
      formatNumber(rule.step),
      ageText(rule.after_s),
      channels.find((channel) => channel.id === rule.channel)?.name || gettext("in the strip only"),
      actionButton(gettext("Remove"), may("Delete"), "network.delete_escalationrule", () =>
        tryTo(() => sendJson("DELETE", `/api/v1/alarms/escalations/${rule.id}`), loadRules),
      ),
    ]);
    return rulesState.show(
      tableOf([gettext("Severity"), gettext("Step"), gettext("Unacknowledged for"), gettext("Notified"), ""], rows),
    );
  } catch (problem) {
    return problem.status === 403
      ? rulesState.forbidden("network.view_escalationrule")
      : rulesState.error(problem.message, loadRules);
  }
}

/** @param {any} channel */
function editChannel(channel) {
  /** @param {any} form */
  const fill = (form) => {
    for (const [name, value] of Object.entries(channel || {})) {
      const control = form.elements[name];
      if (control?.type === "checkbox") control.checked = value;
      else if (control) control.value = value ?? "";
    }
  };
  ask(
    channel ? gettext("Change the channel") : gettext("Add a channel"),
    "channel-form",
    fill,
    async (form, dialog) => {
      const body = Object.fromEntries(
        [...form.elements]
          .filter((control) => control.name)
          .map((control) => [control.name, control.type === "checkbox" ? control.checked : control.value]),
      );
      const request = { ...body, region: body.region || null };
      const url = "/api/v1/alarms/channels";
      const done = channel
        ? await sendJson("PATCH", `${url}/${channel.id}`, request)
        : await sendJson("POST", url, request);
      dialog.close();
      if (done.secret) showSecret(done.secret);
      loadChannels();
    },
  );
}

function addRule() {
  /** @param {any} form */
  const fill = (form) =>
    form.elements.channel.append(...channels.map((channel) => el("option", { value: channel.id }, channel.name)));
  ask(gettext("Add a step"), "escalation-form", fill, async ({ elements }, dialog) => {
    const channel = elements.channel.value ? Number(elements.channel.value) : null;
    await sendJson("POST", "/api/v1/alarms/escalations", {
      severity: elements.severity.value,
      step: Number(elements.step.value),
      after_s: Math.round(Number(elements.minutes.value) * 60),
      channel,
    });
    dialog.close();
    loadRules();
  });
}

/** @param {any} channel */
async function renew(channel) {
  const message = gettext("From now on a new secret signs; the old one signs beside it for a day.");
  if (await confirmAction(gettext("Make a new secret?"), message, gettext("New secret")))
    await tryTo(
      async () => showSecret((await sendJson("POST", `/api/v1/alarms/channels/${channel.id}/secret`)).secret),
      loadChannels,
    );
}

/** @param {any} channel */
async function remove(channel) {
  const message = interpolate(
    gettext("%(name)s is told of nothing more, and its notices are forgotten, %(waiting)s waiting ones among them."),
    channel,
  );
  if (await confirmAction(gettext("Remove this channel?"), message, gettext("Remove")))
    await tryTo(
      () => sendJson("DELETE", `/api/v1/alarms/channels/${channel.id}`),
      () => (loadChannels().then(loadRules), list.reload()),
    );
}

/** @param {any} channel @param {HTMLButtonElement} button */
async function test(channel, button) {
  bar(button, UNDER_WAY);
  await tryTo(
    async () => {
      let notice = await sendJson("POST", `/api/v1/alarms/channels/${channel.id}/test`);
      for (let i = 0; i < TEST_TIMES && notice.state === "waiting" && !notice.problem; i++) {
        await new Promise((done) => setTimeout(done, TEST_EVERY_MS));
        notice = await getJson(`/api/v1/alarms/notices/${notice.id}`);
      }
      if (notice.state === "sent") toast(interpolate(gettext("The test arrived at %(name)s."), channel));
      else
        toast(
          interpolate(gettext("The test has not arrived: %(reason)s"), {
            reason: notice.problem || gettext("it is still waiting"),
          }),
          "error",
        );
    },
    () => (loadChannels(), list.reload()),
  );
  bar(button, "");
}

/** @param {any} notice */
const again = (notice) =>
  actionButton(gettext("Send again"), may("Send"), "network.change_notice", () =>
    tryTo(
      () => sendJson("POST", `/api/v1/alarms/notices/${notice.id}/send`),
      () => (list.reload(), loadChannels()),
    ),
  );
const list = listing({
  url: "/api/v1/alarms/notices",
  form: byId("filters"),
  table: byId("notices"),
  csv: byId("csv"),
  empty: gettext("No notice fits these filters."),
  columns: [
    { word: gettext("When"), order: "made_at", cell: (notice) => timeOf(notice.made_at) },
    { word: gettext("Channel"), order: "channel__name", cell: (notice) => notice.channel_name },
    { word: gettext("What"), order: "kind", cell: (notice) => NOTICE_WORDS[notice.kind] },
    {
      word: gettext("Alarm"),
      order: "alarm__subject",
      cell: (notice) => (notice.alarm ? el("a", { href: `/alarms?alarm=${notice.alarm}` }, notice.title) : ""),
    },
    { word: gettext("State"), order: "state", cell: (notice) => chip(...STATES[notice.state]) },
    { word: gettext("Attempts"), order: "attempts", isNumber: true, cell: (notice) => formatNumber(notice.attempts) },
    { word: gettext("Remark"), order: "problem", cell: (notice) => notice.problem },
    { word: "", cell: (notice) => (notice.state === "waiting" ? "" : again(notice)) },
  ],
});
byId("add-channel").addEventListener("click", () => editChannel(null));
byId("add-escalation").addEventListener("click", addRule);
channelsState.loading();
rulesState.loading();
loadChannels().then(loadRules);
