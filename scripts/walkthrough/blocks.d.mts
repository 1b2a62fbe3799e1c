/** Types of `blocks.mjs`, for the tests that use it. */

export interface Block {
  commands: string;
  expected: { kind: string; text: string } | undefined;
  /** Of the page, where it begins. */
  line: number;
}

export function blocksOf(markdown: string, heading: string): Block[];
