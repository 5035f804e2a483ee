/** Roles as people read them. */
import { gettext } from "../i18n.js";

/** @type {Record<string, string>} */
const ROLES = {
  viewer: gettext("viewer"),
  operator: gettext("operator"),
  planner: gettext("planner"),
  administrator: gettext("administrator"),
};

/** @param {string} role @returns {string} */
export const roleWord = (role) => ROLES[role] || role;
