/** The time that all charts of a site's page show, and what happened in it: one for every script of the page. */
import { Marks } from "../../console/chartmarks.js";
import { TimeRange } from "../../console/timerange.js";

export const time = new TimeRange(["5m", "15m", "1h", "3h", "24h", "7d", "30d"], "15m", { search: location.search });
export const marks = new Marks();
