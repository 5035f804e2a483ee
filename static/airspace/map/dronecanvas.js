/**
 * The drones on a canvas of their own over the map: while they glide, the ground under them stays as it was drawn. In
 * the map this is a layer that draws nothing: it hears of each of the map's pictures, so that both move together.
 * Where WebGL is drawn by software, they are drawn by pen; where the browser gives no second WebGL, in the map as its
 * own layers are.
 */
import { DronePen, isSoftware } from "./dronepen.js";
import { DroneLayer } from "./layer.js";

const LOOK = { alpha: true, premultipliedAlpha: true, antialias: false, depth: false, stencil: false };

export class DroneCanvas {
  id = "drones";
  type = /** @type {const} */ ("custom");
  renderingMode = /** @type {const} */ ("2d");
  /** @type {WebGL2RenderingContext|null} */
  gl = null;
  /** @type {DronePen|null} */
  pen = null;
  /** @type {MapLibre.CustomRenderMethodInput|null} how the map was drawn last */
  view = null;

  /** @param {import("../tracking/state.js").DroneStore} store @param {any} [given] */
  constructor(store, given) {
    this.drones = new DroneLayer(store, given);
    this.canvas = document.createElement("canvas");
    this.canvas.className = "drone-canvas";
  }

  /** @param {MapLibre.Map} map @param {WebGL2RenderingContext} gl the map's */
  onAdd(map, gl) {
    this.map = map;
    if (isSoftware(gl)) {
      this.drones.map = map;
      this.pen = new DronePen(this.canvas, this.drones);
      map.getCanvasContainer().append(this.canvas);
      return;
    }
    this.gl = /** @type {WebGL2RenderingContext|null} */ (this.canvas.getContext("webgl2", LOOK));
    this.drones.onAdd(map, this.gl ?? gl);
    if (!this.gl) return;
    map.getCanvasContainer().append(this.canvas);
    this.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.drones.onAdd(map, /** @type {WebGL2RenderingContext} */ (this.gl));
      this.draw();
    });
  }

  /** The map is drawn. @param {WebGL2RenderingContext} gl @param {MapLibre.CustomRenderMethodInput} view */
  render(gl, view) {
    this.view = view;
    if (this.gl || this.pen) this.draw();
    else this.drones.render(gl, view);
  }

  /** Draw the drones where they are now, over the map as it is. */
  draw() {
    const { gl, view, map, canvas } = this;
    if (!map) return;
    if (!gl && !this.pen) return map.triggerRepaint();
    if (!view || canvas.hidden || gl?.isContextLost()) return;
    const { width, height, clientWidth, clientHeight } = map.getCanvas();
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    if (!gl) {
      this.drones.aim(view);
      const size = { width: clientWidth, height: clientHeight, ratio: width / clientWidth };
      return this.pen?.draw({ ...size, bearing: map.getBearing() });
    }
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.drones.render(gl, view);
  }

  /** @param {boolean} isShown */
  show(isShown) {
    this.canvas.hidden = !isShown;
    this.draw();
  }
}
