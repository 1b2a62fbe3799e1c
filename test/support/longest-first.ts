import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that wait for minutes, the longest first: one that begins late is what all wait for. */
const LONGEST = [
  'luck/outage',
  'luck/killed',
  'luck/broken-watches',
  'doors/loss',
  'provisioning/troubles',
  'luck/refusals',
  'luck/terminating',
].map((name) => `/test/cluster/${name}.spec.ts`);

/** The order of Vitest, which rests on former runs and on sizes, with these files before. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const place = LONGEST.findIndex((end) => moduleId.endsWith(end));
  return place === -1 ? LONGEST.length : place;
}
