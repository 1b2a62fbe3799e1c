import { randomBytes } from 'node:crypto';

/** Addresses of pods: 10.200.0.0/16 in sixteen blocks, one for each kubelet of this network. */

const BLOCKS = 16;
const BLOCK_SIZE = 4096;
/** Of the block: the network itself, then the node. */
const FIRST_POD = 2;

/** The addresses of one kubelet. */
export class AddressBlock {
  private readonly taken = new Set<number>();
  private last = FIRST_POD - 1;

  /** Not that of the last one who had the block: pods may still be bound to it. */
  readonly nodeName: string;

  private constructor(private readonly index: number) {
    this.nodeName = `harness-${index}-${randomBytes(3).toString('hex')}`;
  }

  /**
   * Takes a block that nobody else has.
   *
   * @param listen at the block's first address; it fails where somebody listens already
   */
  static async take<T>(
    listen: (address: string) => Promise<T>,
  ): Promise<{ block: AddressBlock; taken: T }> {
    for (let index = 0; index < BLOCKS; index++) {
      const block = new AddressBlock(index);
      try {
        return { block, taken: await listen(block.host) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      }
    }
    throw new Error(`There are no more than ${BLOCKS} kubelets at once`);
  }

  /** The address of the node. */
  get host(): string {
    return this.address(1);
  }

  /** An address for a pod; one that was given back is used again as late as possible. */
  take(): string {
    for (let tries = 0; tries < BLOCK_SIZE; tries++) {
      this.last = this.last + 1 < BLOCK_SIZE ? this.last + 1 : FIRST_POD;
      if (this.taken.has(this.last)) continue;
      this.taken.add(this.last);
      return this.address(this.last);
    }
    throw new Error('There are no more addresses for pods');
  }

  giveBack(address: string): void {
    const [, , third = 0, fourth = 0] = address.split('.').map(Number);
    this.taken.delete(third * 256 + fourth - this.index * BLOCK_SIZE);
  }

  private address(offset: number): string {
    const number = this.index * BLOCK_SIZE + offset;
    return `10.200.${number >> 8}.${number & 0xff}`;
  }
}
