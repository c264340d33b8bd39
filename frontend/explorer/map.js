// The map: countries, cities, the circle with its two handles, clusters, and the tailors of the page. L is Leaflet.

import { count, h, number } from "./dom.js";
import { position, radius } from "./state.js";

const MOST_LABELS = 40; // of cities, at a time
const PIXELS = 20; // by which an arrow key moves a handle
const CLOSEST = 15; // zoom of what the page shows by itself
const MOST_CELLS = 6000; // that an area may have: the API takes 10,000, and cells differ in size
const CELL = 85e6; // km², the mean of a cell at zoom 0
const EARTH = 6371; // km
const MARGINS = [[12, 44], [12, 28]]; // pixels left, above, right and below of a circle, for what lies there

export class TailorMap {
  /** `on.circle(centre, km, done)` while a handle moves, `on.move(done)` while the map does, `on.open()` when it moved to a cluster,
   *  `on.light(id, clicked)`. */
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
    this.found = L.latLngBounds([]);
    this.ours = false; // the map moves because of the page, not by hand
    this.map.setView([0, 0], 2);
    this.addCircle();
    this.map.on("move", () => this.ours || on.move(false));
    this.map.on("moveend", () => {
      this.showCountries();
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
      shown ? layer.addTo(this.map) : layer.remove();
    if (!centre) return;
    this.km = km;
    this.circle.setLatLng(centre).setRadius(km * 1000);
    this.centre.setLatLng(centre);
    this.edge.setLatLng([centre.lat, this.circle.getBounds().getEast()]);
  }

  // The area of the search: the box, the circle, or of a named place a box as large as its circle.
  area({ bbox, maxDistance }) {
    const [west, south, east, north] = bbox?.split(",").map(Number) ?? [];
    if (bbox) return L.latLngBounds([south, west], [north, east < west ? east + 360 : east]);
    if (this.map.hasLayer(this.circle)) return this.circle.getBounds();
    return (this.found.isValid() ? this.found : this.map.getBounds()).getCenter().toBounds(2000 * maxDistance);
  }

  /** Moves the map there, without a new search; for a named place to the tailors found. */
  fit(state) {
    const bounds = state.bbox || !state.location ? this.area(state) : this.found;
    const [paddingTopLeft, paddingBottomRight] = state.bbox ? [] : MARGINS;
    const options = { paddingTopLeft, paddingBottomRight, maxZoom: CLOSEST, animate: false };
    if (bounds.isValid()) this.quietly(() => this.map.fitBounds(bounds, options));
  }

  /** The zoom of clusters: the map's, now or after fit(), less a little for cells that are wider than circles, and none that gives
   *  the area too many cells. */
  zoom(state, fits) {
    const area = this.area(state);
    const margins = L.point(state.bbox ? [0, 0] : MARGINS[0]).add(state.bbox ? [0, 0] : MARGINS[1]);
    const zoom = fits ? Math.min(CLOSEST, this.map.getBoundsZoom(area, false, margins)) : this.map.getZoom();
    const sine = (degrees) => Math.sin((degrees * Math.PI) / 180);
    const km2 = ((EARTH ** 2 * Math.PI) / 180) * (area.getEast() - area.getWest()) * (sine(area.getNorth()) - sine(area.getSouth()));
    const largest = Math.log2((MOST_CELLS * CELL) / Math.max(km2, 1e-6)) / 2;
    return Math.max(0, Math.floor(Math.min(zoom - 0.25, largest)));
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

  /** Shows the tailors of a page, each with its rank in the list. If there are more, clusters of all take their place, and a tailor
   *  appears while it is lit. */
  show(tailors, firstRank, clusters, total) {
    this.light(null);
    this.pins.clearLayers();
    this.byId.clear();
    this.found = L.latLngBounds(clusters.flatMap(({ bbox: [west, south, east, north] }) => [[south, west], [north, east]]));
    this.clustered = total > tailors.length;
    if (this.clustered) for (const cluster of clusters) this.addCluster(cluster);
    for (const [i, tailor] of tailors.entries())
      if (tailor.latitude != null && tailor.longitude != null) this.addPin(tailor, firstRank + i);
    this.showLabels();
  }

  addPin(tailor, rank) {
    const icon = L.divIcon({ className: "pin", iconSize: [26, 26], html: h("span", {}, rank) });
    const pin = L.marker([tailor.latitude, tailor.longitude], { icon, keyboard: false, zIndexOffset: -10 * rank });
    pin.on("mouseover", () => this.on.light(tailor.id)).on("mouseout", () => this.on.light(null));
    pin.on("click", () => this.on.light(tailor.id, true));
    this.byId.set(tailor.id, pin);
    if (!this.clustered) pin.addTo(this.pins);
  }

  // A circle with the exact number. A click or Enter moves the map to these tailors.
  addCluster({ count: n, latitude, longitude, bbox: [west, south, east, north] }) {
    const size = Math.round(26 + 7 * Math.log10(n));
    const icon = L.divIcon({ className: "cluster", iconSize: [size, size], html: h("span", {}, number.format(n)) });
    const cluster = L.marker([latitude, longitude], { icon, riseOnHover: true }).addTo(this.pins);
    const element = cluster.getElement();
    for (const attribute of ["aria-label", "title"]) element.setAttribute(attribute, `${count(n, "tailor")}: zoom in`);
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      cluster.fire("click");
    });
    cluster.on("click", () => {
      const closer = { padding: [30, 30], maxZoom: Math.min(this.map.getMaxZoom(), this.map.getZoom() + 4), animate: false };
      this.quietly(() => this.map.fitBounds([[south, west], [north, east]], closer));
      this.map.getContainer().focus({ preventScroll: true });
      this.on.open();
    });
  }

  light(id) {
    if (this.lit && this.clustered) this.lit.remove();
    this.lit?.getElement()?.classList.remove("lit");
    this.lit?.setZIndexOffset(this.lit.usual);
    this.lit = this.byId.get(id);
    if (!this.lit) return;
    if (this.clustered) this.lit.addTo(this.map);
    this.lit.usual = this.lit.options.zIndexOffset;
    this.lit.setZIndexOffset(2000).getElement().classList.add("lit");
  }

  /** Moves the map to a tailor that is not in view. */
  reveal(id) {
    const pin = this.byId.get(id);
    if (pin && !this.map.getBounds().contains(pin.getLatLng())) this.quietly(() => this.map.panTo(pin.getLatLng(), { animate: false }));
  }

  addCountries({ features }) {
    this.countries = features.map((country) => L.geoJSON(country, { pane: "land", interactive: false, style: { className: "land" } }));
    this.showCountries();
  }

  // Only those in view are drawn: all have 100,000 corners.
  showCountries() {
    const view = this.map.getBounds().pad(0.5);
    for (const country of this.countries ?? [])
      view.intersects(country.getBounds()) ? country.addTo(this.map) : country.remove();
  }

  /** A street map in place of countries and cities. */
  addTiles(url, attribution) {
    L.tileLayer(url, { attribution, referrerPolicy: "origin" }).addTo(this.map);
  }

  addCities(cities) {
    this.cities = cities;
    this.showLabels();
  }

  // Of the cities in view the largest, as many as overlap neither each other nor what lies above.
  showLabels() {
    this.labels.clearLayers();
    const bounds = this.map.getBounds();
    const centre = this.map.latLngToContainerPoint(this.centre.getLatLng());
    const { offsetLeft, offsetWidth, offsetHeight } = document.querySelector(".follow");
    const taken = !this.clustered ? [] : this.pins.getLayers().map((cluster) => {
      const { x, y } = this.map.latLngToContainerPoint(cluster.getLatLng());
      const half = cluster.options.icon.options.iconSize[0] / 2;
      return [x - half, y - half, x + half, y + half];
    });
    taken.push([offsetLeft, 0, offsetLeft + offsetWidth, 2 * offsetHeight], [this.map.getSize().x - 50, 0, this.map.getSize().x, 80]);
    for (const city of this.cities ?? []) {
      if (!bounds.contains([city.lat, city.lng])) continue;
      const { x, y } = this.map.latLngToContainerPoint([city.lat, city.lng]);
      const box = [x - 8, y - 12, x + 14 + 7 * city.name.length, y + 12];
      if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
      taken.push(box);
      const beside = this.map.hasLayer(this.centre) && Math.hypot(x - centre.x, y - centre.y) < PIXELS; // of the handle
      const icon = L.divIcon({ className: beside ? "city beside" : "city", iconSize: null, html: h("span", {}, city.name) });
      L.marker([city.lat, city.lng], { icon, pane: "labels", interactive: false, keyboard: false }).addTo(this.labels);
      if (this.labels.getLayers().length === MOST_LABELS) break;
    }
  }
}
