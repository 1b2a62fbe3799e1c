/** The storage cannot be used; says in a few words why. */
export class StorageLost extends Error {
  override readonly name = 'StorageLost';
}
