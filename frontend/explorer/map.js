// The map: countries, cities, the circle with its two handles, and the tailors of the page. L is Leaflet.

import { h } from "./dom.js";
import { position, radius } from "./state.js";

const MOST_LABELS = 40; // of cities, at a time
const PIXELS = 20; // by which an arrow key moves a handle

export class TailorMap {
  /** `on.circle(centre, km, done)` while a handle moves, `on.move(done)` while the map does, `on.light(id, clicked)`. */
  constructor(element, on) {
    this.on = on;
    this.map = L.map(element, { zoomControl: false, minZoom: 2, maxZoom: 17, worldCopyJump: true, attributionControl: false,
      zoomSnap: 0.25, wheelPxPerZoomLevel: 100 });
    L.control.zoom({ position: "topright" }).addTo(this.map);
    L.control.scale({ imperial: false }).addTo(this.map);
    L.control.attribution({ prefix: "Leaflet" }).addTo(this.map).addAttribution("Natural Earth, GeoNames (CC BY 4.0)");
    this.map.createPane("land").style.zIndex = 200;
    this.map.createPane("labels").style.zIndex = 250;
    this.labels = L.layerGroup().addTo(this.map);
    this.pins = L.layerGroup().addTo(this.map);
    this.byId = new Map();
    this.ours = true; // the map moves because of the page, not by hand
    this.map.setView([0, 0], 2);
    this.ours = false;
    this.addCircle();
    this.map.on("move", () => this.ours || on.move(false));
    this.map.on("moveend", () => {
      this.showLabels();
      if (!this.ours) on.move(true);
    });
  }

  addCircle() {
    this.circle = L.circle([0, 0], { radius: 1, className: "circle", interactive: false });
    this.centre = this.handle("centre", "Centre of the search", "arrow keys move it");
    this.edge = this.handle("edge", "Radius of the search", "arrow keys change it");
    this.centre.on("drag dragend", (event) => this.moved(this.centre.getLatLng(), this.km, event.type === "dragend"));
    this.edge.on("drag dragend", (event) => {
      const metres = this.map.distance(this.centre.getLatLng(), this.edge.getLatLng());
      this.moved(this.centre.getLatLng(), radius(metres / 1000), event.type === "dragend");
    });
  }

  handle(name, label, help) {
    const icon = L.divIcon({ className: `handle ${name}`, iconSize: [28, 28], html: h("span") });
    const handle = L.marker([0, 0], { icon, draggable: true, autoPan: true, zIndexOffset: 1000, title: `${label}: drag it; ${help}` });
    handle.on("add", () => {
      const element = handle.getElement();
      element.setAttribute("aria-label", `${label}; ${help}`);
      element.addEventListener("keydown", (event) => this.pressed(event, handle));
    });
    return handle;
  }

  pressed(event, handle) {
    const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation(); // the arrows would move the map
    const point = this.map.latLngToContainerPoint(this.centre.getLatLng());
    if (handle === this.edge) this.moved(this.centre.getLatLng(), radius(this.km * 1.15 ** (step[0] - step[1])), true);
    else this.moved(this.map.containerPointToLatLng(point.add(L.point(step).multiplyBy(PIXELS))), this.km, true);
  }

  moved(centre, km, done) {
    this.showCircle(centre, km, { handles: true });
    this.on.circle(position(centre), km, done);
  }

  /** Shows where is searched, or nothing without a centre. */
  showCircle(centre, km, { handles }) {
    for (const [layer, shown] of [[this.circle, centre], [this.centre, centre && handles], [this.edge, centre && handles]])
      if (shown) layer.addTo(this.map);
      else layer.remove();
    if (!centre) return;
    this.km = km;
    this.circle.setLatLng(centre).setRadius(km * 1000);
    this.centre.setLatLng(centre);
    this.edge.setLatLng([centre.lat, this.circle.getBounds().getEast()]);
  }

  /** Moves the map without a new search: to the box, the circle, or else to the tailors. */
  fit(box) {
    const [west, south, east, north] = box?.split(",").map(Number) ?? [];
    const bounds = box ? L.latLngBounds([south, west], [north, east < west ? east + 360 : east])
      : this.map.hasLayer(this.circle) ? this.circle.getBounds()
      : L.latLngBounds(this.pins.getLayers().map((pin) => pin.getLatLng()));
    const padding = box ? [0, 0] : [12, 12];
    if (bounds.isValid()) this.quietly(() => this.map.fitBounds(bounds, { padding, maxZoom: 15, animate: false }));
  }

  /** What is in view, as the API takes it: west,south,east,north. */
  box() {
    const bounds = this.map.getBounds();
    const [southWest, northEast] = [position(bounds.getSouthWest()), position(bounds.getNorthEast())];
    const all = bounds.getEast() - bounds.getWest() >= 360;
    return [all ? -180 : southWest.lng, southWest.lat, all ? 180 : northEast.lng, northEast.lat].join();
  }

  quietly(move) {
    this.ours = true;
    move();
    this.ours = false;
  }

  /** The map's centre, and the radius that is in view all around. */
  view() {
    const bounds = this.map.getBounds();
    const centre = this.map.getCenter();
    const edges = [[centre.lat, bounds.getEast()], [bounds.getNorth(), centre.lng], [bounds.getSouth(), centre.lng]];
    return { centre: position(centre), km: radius(Math.min(...edges.map((edge) => this.map.distance(centre, edge))) / 1000) };
  }

  /** Shows the tailors of a page, each with its rank in the list. */
  showTailors(tailors, firstRank) {
    this.pins.clearLayers();
    this.byId.clear();
    for (const [i, tailor] of tailors.entries()) {
      if (tailor.latitude == null || tailor.longitude == null) continue;
      const icon = L.divIcon({ className: "pin", iconSize: [26, 26], html: h("span", {}, firstRank + i) });
      const pin = L.marker([tailor.latitude, tailor.longitude], { icon, keyboard: false, zIndexOffset: -10 * i });
      pin.on("mouseover", () => this.on.light(tailor.id)).on("mouseout", () => this.on.light(null));
      pin.on("click", () => this.on.light(tailor.id, true));
      this.byId.set(tailor.id, pin.addTo(this.pins));
    }
  }

  light(id) {
    this.lit?.getElement()?.classList.remove("lit");
    this.lit?.setZIndexOffset(this.lit.usual);
    this.lit = this.byId.get(id);
    if (!this.lit) return;
    this.lit.usual = this.lit.options.zIndexOffset;
    this.lit.setZIndexOffset(2000).getElement().classList.add("lit");
  }

  /** Moves the map to a tailor that is not in view. */
  reveal(id) {
    const pin = this.byId.get(id);
    if (pin && !this.map.getBounds().contains(pin.getLatLng())) this.quietly(() => this.map.panTo(pin.getLatLng(), { animate: false }));
  }

  addCountries(countries) {
    L.geoJSON(countries, { pane: "land", interactive: false, style: { className: "land" } }).addTo(this.map);
  }

  addCities(cities) {
    this.cities = cities;
    this.showLabels();
  }

  // Of the cities in view the largest, as many as do not overlap.
  showLabels() {
    this.labels.clearLayers();
    const bounds = this.map.getBounds();
    const centre = this.map.latLngToContainerPoint(this.centre.getLatLng());
    const taken = [];
    for (const city of this.cities ?? []) {
      if (!bounds.contains([city.lat, city.lng])) continue;
      const { x, y } = this.map.latLngToContainerPoint([city.lat, city.lng]);
      const box = [x - 8, y - 12, x + 14 + 7 * city.name.length, y + 12];
      if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
      taken.push(box);
      const beside = this.map.hasLayer(this.centre) && Math.hypot(x - centre.x, y - centre.y) < PIXELS; // of the handle
      const icon = L.divIcon({ className: beside ? "city beside" : "city", iconSize: null, html: h("span", {}, city.name) });
      L.marker([city.lat, city.lng], { icon, pane: "labels", interactive: false, keyboard: false }).addTo(this.labels);
      if (taken.length === MOST_LABELS) break;
    }
  }
}
