/** Upper bounds in seconds for what takes milliseconds: requests, units of work, queues. */
export const SHORT_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Upper bounds in seconds for what may take minutes: calls to nodes, passes of a reconciler. */
export const LONG_SECONDS = [0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
