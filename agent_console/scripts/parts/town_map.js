// The town's map: streets as lines from our own gazetteer. No tiles, nothing from the internet.

import * as L from "leaflet";
import { ask } from "./api.js";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class TownMap {
  constructor(element, onPick) {
    const start = [Number(element.dataset.latitude), Number(element.dataset.longitude)];
    this.map = L.map(element, { attributionControl: false, zoomSnap: 0.5, keyboard: false, zoomControl: false, trackResize: false }).setView(start, 14);
    L.control.zoom({ zoomInTitle: element.dataset.zoomIn, zoomOutTitle: element.dataset.zoomOut }).addTo(this.map);
    if (onPick) this.map.on("click", (event) => { this.pin(event.latlng.lat, event.latlng.lng, false); onPick(event.latlng.lat, event.latlng.lng); });
    this.marker = null;
    this.streets = null;
    // A map that is hidden has no size, and Leaflet cannot count with none.
    this.seen = Boolean(element.clientWidth && element.clientHeight);
    new ResizeObserver(() => {
      const before = this.seen;
      this.seen = Boolean(element.clientWidth && element.clientHeight);
      if (!this.seen) return;
      this.map.invalidateSize();
      if (!before && !this.marker) this.whole();
    }).observe(element);
    this.draw();
  }

  async draw() {
    const geo = await ask("GET", "/api/v1/streets/map").catch(() => null);
    if (!geo) return;
    this.streets = L.geoJSON(geo, {
      style: { color: colour("--soft"), weight: 3, opacity: 0.55, interactive: true },
      pointToLayer: (_feature, place) => L.circleMarker(place, { radius: 4, color: colour("--soft"), weight: 1, fillOpacity: 0.3 }),
      onEachFeature: (feature, layer) => layer.bindTooltip(feature.properties.name, { sticky: true }),
    }).addTo(this.map);
    if (!this.marker) this.whole();
  }

  // Show the whole town.
  whole() {
    if (this.seen && this.streets?.getLayers().length) this.map.fitBounds(this.streets.getBounds(), { padding: [8, 8] });
  }

  pin(latitude, longitude, move = true) {
    if (this.marker) this.marker.remove();
    this.marker = L.circleMarker([latitude, longitude], { radius: 9, color: colour("--sheet"), weight: 3, fillColor: colour("--red"), fillOpacity: 1 }).addTo(this.map);
    if (move) this.map.setView([latitude, longitude], Math.max(this.map.getZoom(), 16), { animate: false });
  }

  clear() {
    this.marker?.remove();
    this.marker = null;
    this.whole();
  }
}
