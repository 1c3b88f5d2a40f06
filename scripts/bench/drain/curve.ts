/**
 * The curve of a drain: rate, longest pause and memory over time. Pure.
 *
 * @module
 */

/** One observation of a drain. */
export interface DrainSample {
  /** Monotonic, in ms. */
  readonly atMs: number;
  /** Records that have arrived at the broker. */
  readonly records: number;
  /** Resident memory of the program, in bytes. */
  readonly rss: number;
  /** Processor time that the program has used, in s. */
  readonly cpuSeconds: number;
}

/** What happened in a part of a drain. */
export interface DrainSection {
  /** Begin and end, since the first record arrived, in ms. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly records: number;
  readonly recordsPerSecond: number;
  /** Longest time without a new record; a pause belongs to the section in which it ends. */
  readonly pauseMs: number;
  readonly rssMax: number;
  /** Processor time per record, in µs. */
  readonly cpuMicros: number;
}

/**
 * Divides a drain into sections of `lengthMs`, from the first to the last sample in
 * which a record arrived. Infinity = the whole drain.
 */
export function sectionsOf(
  samples: readonly DrainSample[],
  lengthMs: number,
): readonly DrainSection[] {
  const moves = samples.filter(({ records }, at) =>
    records > (samples[at - 1]?.records ?? 0)
  );
  const first = moves[0];
  const last = moves.at(-1);
  if (first === undefined || last === undefined) return [];
  const sections: DrainSection[] = [];
  for (let fromMs = first.atMs; fromMs < last.atMs; fromMs += lengthMs) {
    const toMs = Math.min(fromMs + lengthMs, last.atMs);
    const part = samples.filter(({ atMs }) => fromMs <= atMs && atMs <= toMs);
    const begin = part[0];
    const end = part.at(-1);
    if (begin === undefined || end === undefined) continue;
    const records = end.records - begin.records;
    sections.push({
      fromMs: fromMs - first.atMs,
      toMs: toMs - first.atMs,
      records,
      recordsPerSecond: records * 1_000 / (end.atMs - begin.atMs),
      pauseMs: longestPauseMs(moves, fromMs, toMs),
      rssMax: Math.max(...part.map(({ rss }) => rss)),
      cpuMicros: (end.cpuSeconds - begin.cpuSeconds) * 1e6 / records,
    });
    if (toMs === last.atMs) break;
  }
  return sections;
}

function longestPauseMs(
  moves: readonly DrainSample[],
  fromMs: number,
  toMs: number,
): number {
  let longest = 0;
  for (const [at, { atMs }] of moves.entries()) {
    const before = moves[at - 1];
    if (before === undefined || atMs <= fromMs || atMs > toMs) continue;
    longest = Math.max(longest, atMs - before.atMs);
  }
  return longest;
}
