/** What the checker cannot know of the pages. */

/** The libraries as the pages import them (console/assets.py copies these files), with the types of their packages. */
declare module "*/vendor/uplot/uPlot.esm.js" {
  export { default } from "uplot";
}
declare module "*/vendor/maplibre-gl/maplibre-gl.mjs" {
  export * from "maplibre-gl";
}

/** Fields of a form by their names, which the templates give. */
interface HTMLFormControlsCollection {
  [name: string]: any;
}

interface DocumentEventMap {
  "loft:go": CustomEvent<URL>;
  "loft:theme": CustomEvent<string>;
}

/** For tests and the curious: what a page holds. */
interface Window {
  loft: any;
}

/** Types of the map's library; a comment that imports it would have it looked for among our own files. */
declare namespace MapLibre {
  type Map = import("maplibre-gl").Map;
  type CustomRenderMethodInput = import("maplibre-gl").CustomRenderMethodInput;
}
