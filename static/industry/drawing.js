/** How risks and latencies look. Measured is solid, modelled is dashed, an old value looks old. */
import { ageText, chip, el, svg } from "../console/dom.js";
import { formatNumber, gettext, interpolate } from "../console/i18n.js";
import { stretchesOf } from "../console/sparkline.js";

const SPARK = { width: 120, height: 26 };
const BAR = { width: 200, height: 14 };
const GAP_MS = 60e3;
export const PARTS = ["network", "queue", "inference", "storage"];

/** @type {Record<string, string>} */
export const LEVEL_WORDS = {
  high: gettext("likely to fail"),
  elevated: gettext("risk rising"),
  normal: gettext("normal"),
  stale: gettext("stale"),
  unknown: gettext("unknown"),
};
/** @type {Record<string, string>} */
const LEVEL_CHIPS = { high: "major", elevated: "minor", normal: "normal", stale: "stale", unknown: "unknown" };
/** @type {Record<string, string>} */
export const PART_WORDS = {
  network: gettext("network"),
  queue: gettext("queue"),
  inference: gettext("inference"),
  storage: gettext("storage"),
  total: gettext("total"),
};
/** @type {Record<string, string>} */
export const STATE_WORDS = {
  queued: gettext("queued"),
  running: gettext("running"),
  done: gettext("done"),
  failed: gettext("failed"),
  dead: gettext("given up"),
};
/** @type {Record<string, string>} */
const STATE_CHIPS = { queued: "waiting", running: "running", done: "done", failed: "failed", dead: "failed" };
/** @type {Record<string, string>} */
const DEADLINE_WORDS = { met: gettext("met"), missed: gettext("missed"), unknown: gettext("unknown") };
/** @type {Record<string, string>} */
const DEADLINE_CHIPS = { met: "met", missed: "major", unknown: "unknown" };

/** @param {string} level @param {number} [count] */
export const levelChip = (level, count) =>
  chip(LEVEL_CHIPS[level], count === undefined ? LEVEL_WORDS[level] : `${count} ${LEVEL_WORDS[level]}`);
/** @param {string} state */
export const stateChip = (state) => chip(STATE_CHIPS[state], STATE_WORDS[state]);
/** @param {string} deadline */
export const deadlineChip = (deadline) => chip(DEADLINE_CHIPS[deadline], DEADLINE_WORDS[deadline]);

/** @param {number} risk */
export function percent(risk) {
  return `${formatNumber(risk * 100, risk < 0.0995 ? 1 : 0)} %`;
}

/** @param {string} word @param {number|null} age */
export function aged(word, age) {
  return el("span", { class: "age" }, age === null ? gettext("never") : interpolate(word, { age: ageText(age) }));
}

/**
 * The risk of the last minutes, gaps as gaps, the decision threshold dashed.
 * @param {Array<{time: number, risk: number}>} points oldest first
 * @param {number} threshold
 */
export function sparkline(points, threshold) {
  const { width, height } = SPARK;
  /** @param {number} risk */
  const y = (risk) => (1 - risk) * (height - 4) + 2;
  const label = points.length
    ? interpolate(gettext("Risk over time, now %(risk)s"), { risk: percent(points[points.length - 1].risk) })
    : gettext("No risk was inferred yet.");
  const line = svg("line", { x1: 0, x2: width, y1: y(threshold), y2: y(threshold), class: "spark-threshold" });
  const path = svg("path", { d: pathOf(points, width, y), class: "spark-line" });
  return svg(
    "svg",
    { class: "spark", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label },
    line,
    path,
  );
}

/**
 * Stretches of the risk, where readings follow each other within a minute. Pure.
 * @param {Array<{time: number, risk: number}>} points @param {number} width @param {(risk: number) => number} y
 */
export function pathOf(points, width, y) {
  if (points.length < 2) return "";
  const [first, last] = [points[0].time, points[points.length - 1].time];
  /** @param {number} time */
  const x = (time) => ((time - first) / (last - first || 1)) * width;
  const places = points.flatMap(({ time, risk }, i) => {
    const isGap = i > 0 && time - points[i - 1].time >= GAP_MS;
    return [...(isGap ? [null] : []), [x(time), y(risk)]];
  });
  return stretchesOf(places).paths.join("");
}

/**
 * Where a job's time went, to scale.
 * @param {Record<string, {ms: number|null, source: string}>} latency
 * @param {number} scaleMs what the full width stands for
 */
export function latencyBar(latency, scaleMs) {
  const { width, height } = BAR;
  const bar = svg("svg", {
    class: "latency-bar",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": latencyText(latency),
  });
  bar.append(svg("title", {}, latencyText(latency)));
  let x = 0;
  for (const part of PARTS) {
    const ms = latency[part].ms;
    if (ms === null) continue;
    const share = Math.min(width - x, Math.max(2, (ms / scaleMs) * width));
    bar.append(
      svg("rect", {
        x: x + 0.5,
        y: 1.5,
        width: Math.max(1, share - 1),
        height: height - 3,
        class: `part-${part} ${latency[part].source}`,
      }),
    );
    x += share;
  }
  return bar;
}

/** @param {Record<string, {ms: number|null, source: string}>} latency */
export function latencyText(latency) {
  return PARTS.map((part) => `${PART_WORDS[part]} ${msText(latency[part].ms)} (${gettext(latency[part].source)})`).join(
    ", ",
  );
}

/** @param {number|null} ms */
export function msText(ms) {
  return ms === null ? gettext("unknown") : `${formatNumber(ms, ms < 10 ? 2 : 0)} ms`;
}

/**
 * The name of something that has one in each language.
 * @param {{name_en?: string, name_zh?: string, title_en?: string, title_zh?: string}} row
 */
export function nameOf(row) {
  const isChinese = document.documentElement.lang.startsWith("zh");
  return isChinese ? (row.name_zh ?? row.title_zh) : (row.name_en ?? row.title_en);
}

gettext("measured");
gettext("modelled");
gettext("inferred");
