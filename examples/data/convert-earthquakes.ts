import { readFileSync, writeFileSync } from 'node:fs';

// Makes earthquakes.jsonl of the GeoJSON feed that the npm package `vega-datasets` carries: one event a line, ordered by
// time, times as SQL timestamps in UTC, and of the properties those that a query can use.
// Usage: node examples/data/convert-earthquakes.ts vega-datasets/data/earthquakes.json examples/data/earthquakes.jsonl

interface Feed {
  readonly features: readonly {
    readonly id: string;
    readonly properties: {
      readonly time: number;
      readonly mag: number;
      readonly magType: string;
      readonly type: string;
      readonly place: string;
      readonly net: string;
      readonly status: string;
      readonly felt: number | null;
      readonly tsunami: number;
      readonly sig: number;
    };
    readonly geometry: { readonly coordinates: readonly [longitude: number, latitude: number, depthKm: number] };
  }[];
}

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) throw new Error('usage: convert-earthquakes.ts earthquakes.json OUTPUT');

const { features } = JSON.parse(readFileSync(from, 'utf8')) as Feed;
const lines = features
  .toSorted((a, b) => a.properties.time - b.properties.time)
  .map(({ id, properties, geometry }) => {
    const [longitude, latitude, depthKm] = geometry.coordinates;
    return JSON.stringify({
      id,
      event_time: new Date(properties.time).toISOString().replace('T', ' ').replace('Z', ''),
      magnitude: properties.mag,
      magnitude_type: properties.magType,
      kind: properties.type,
      place: properties.place,
      region: properties.place.split(', ').at(-1),
      network: properties.net,
      status: properties.status,
      felt: properties.felt,
      tsunami: properties.tsunami === 1,
      significance: properties.sig,
      location: { latitude, longitude, depth_km: depthKm },
    });
  });
writeFileSync(to, lines.join('\n') + '\n');
