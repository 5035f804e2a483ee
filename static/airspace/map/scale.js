/** The bar in the map's corner that says how long a piece of it is, in the reader's units. */
import { ScaleControl } from "../../vendor/maplibre-gl/maplibre-gl.mjs";
import { scaleUnit } from "../../console/units.js";

const WIDEST_PX = 120;

export const scaleBar = () => new ScaleControl({ maxWidth: WIDEST_PX, unit: scaleUnit() });
