// Prints what an image contains as CycloneDX, made by npm from the lock file: the same for the same
// file, so without the moment and the serial number that npm adds. Arguments: the packages that the
// image has, when these are not all that run.

import { execFileSync } from 'node:child_process';

const wanted = process.argv.slice(2);
const said = execFileSync(
  'npm',
  ['sbom', '--package-lock-only', '--omit=dev', '--sbom-format=cyclonedx'],
  { maxBuffer: 64 * 1024 * 1024 },
);
const bill = JSON.parse(said);
delete bill.serialNumber;
delete bill.metadata.timestamp;
if (wanted.length > 0) {
  bill.components = bill.components.filter(({ name }) => wanted.includes(name));
  const kept = new Set(bill.components.map((component) => component['bom-ref']));
  const root = bill.metadata.component['bom-ref'];
  bill.dependencies = bill.dependencies
    .filter(({ ref }) => kept.has(ref) || ref === root)
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)) }));
}
process.stdout.write(`${JSON.stringify(bill, undefined, 2)}\n`);
