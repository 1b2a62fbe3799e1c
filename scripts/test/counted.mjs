/**
 * What a check or a tier has counted, `{ passed, failed, skipped }`. One that could not be run at
 * all has failed: it must neither end the run before its totals are told nor go uncounted.
 */
export async function counted(name, work) {
  try {
    return await work();
  } catch (error) {
    process.stdout.write(`\n== ${name} could not be run: ${error.message}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
