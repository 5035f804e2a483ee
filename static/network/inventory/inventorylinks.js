/** Links as records of the inventory: what their list shows, and what their form asks. */
import { quantity } from "../../console/dom.js";
import { gettext } from "../../console/i18n.js";
import { linkState } from "../linkstate.js";
import { MEDIUM_WORDS, choice, flag, load, lookup, number, share } from "./inventoryfields.js";

const AGAIN_MS = 15_000; // states of links are told by nobody, and grow old

/** @type {import("./inventoryfields.js").Kind} */
export const LINKS = {
  againMs: AGAIN_MS,
  record: "link",
  keyOf: (row) => [row.a, row.b].sort().join("~"),
  title: gettext("New link"),
  fields: [
    lookup("a", gettext("From site"), "sites", { isFixed: true }),
    lookup("b", gettext("To site"), "sites", { isFixed: true }),
    choice("medium", gettext("Medium"), MEDIUM_WORDS, "fibre"),
    number("length_km", gettext("Length"), "km", {
      isOptional: true,
      hint: gettext("Empty: estimated from the distance over ground."),
    }),
    flag("is_length_surveyed", gettext("Length surveyed")),
    number("rate_gbps", gettext("Rate"), "Gb/s", { initial: 100 }),
    load(0),
    number("optical_hops", gettext("Optical hops"), "", { initial: 0 }),
    number("electrical_hops", gettext("Electrical hops"), "", { initial: 0 }),
  ],
  columns: [
    { word: gettext("State"), order: "state", cell: linkState },
    { word: gettext("Medium"), order: "medium", cell: (row) => MEDIUM_WORDS[row.medium] },
    { word: gettext("Length"), order: "length_km", isNumber: true, cell: (row) => quantity(row.length_km, "km", 2) },
    {
      word: gettext("Length is"),
      order: "is_length_surveyed",
      cell: (row) => (row.is_length_surveyed ? gettext("surveyed") : gettext("estimated")),
    },
    { word: gettext("Rate"), order: "rate_gbps", isNumber: true, cell: (row) => quantity(row.rate_gbps, "Gb/s") },
    { word: gettext("Load"), order: "load_share", isNumber: true, cell: (row) => share(row.load_share) },
  ],
};
