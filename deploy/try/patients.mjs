// The example patients of knowledge/patients as resources of one server: ids that several charts use
// are told apart, and dates are moved so that each chart is as old as when it was written.
import { readdirSync, readFileSync } from 'node:fs';

const DAY = 24 * 60 * 60 * 1000;
const DATE = /^(\d{4}-\d{2}-\d{2})(T.*)?$/;
const NAME = [{ family: 'Example', given: ['Nameless'] }];
const AS_OF = /- file: (\S+)\n(?:(?!- file:)[\s\S])*?\n {4}at: "([^"]+)"/g;

function resourcesOf(request) {
  const found = Object.values(request.prefetch ?? {}).flatMap((value) =>
    value?.resourceType === 'Bundle' ? (value.entry ?? []).map((one) => one.resource) : [value],
  );
  return found.filter((one) => one?.id && one.resourceType !== 'OperationOutcome');
}

function moved(value, days) {
  if (Array.isArray(value)) {
    return value.map((one) => moved(one, days));
  }
  if (value && typeof value === 'object') {
    const pairs = Object.entries(value);
    return Object.fromEntries(
      pairs.map(([key, one]) => [key, key === 'birthDate' ? one : moved(one, days)]),
    );
  }
  const date = typeof value === 'string' && DATE.exec(value);
  if (!date) {
    return value;
  }
  const day = new Date(Date.parse(date[1]) + days * DAY);
  return day.toISOString().slice(0, 10) + (date[2] ?? '');
}

function ofPatient(resource, patient) {
  if (resource.resourceType === 'Patient') {
    const named = Array.isArray(resource.name) && resource.name[0]?.given && resource.name[0].family;
    return named ? resource : { ...resource, name: NAME }; // else the sandbox could not list it
  }
  return { ...resource, id: `${patient}-${resource.id}`.slice(0, 64) };
}

/** All resources of the request files of a folder, each chart moved to `now`. */
export function patients(folder, now = Date.now()) {
  const told = readFileSync(`${folder}/expected.yaml`, 'utf8');
  const asOf = Object.fromEntries([...told.matchAll(AS_OF)].map((one) => [one[1], one[2]]));
  const files = readdirSync(folder).filter((name) => name.endsWith('.request.json')).sort();
  const seen = new Map();
  for (const name of files) {
    const request = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'));
    const days = asOf[name] ? Math.floor((now - Date.parse(asOf[name])) / DAY) : 0;
    const patient = request.context.patientId;
    const own = resourcesOf(request);
    if (own.some((one) => one.resourceType === 'Patient' && seen.has(`Patient/${one.id}`))) {
      continue; // two charts of one patient would become one
    }
    for (const one of own.map((resource) => ofPatient(moved(resource, days), patient))) {
      seen.set(`${one.resourceType}/${one.id}`, one);
    }
  }
  return [...seen.values()];
}
