// Formats who got what. Pure: numbers in, lines out. Drawing them again and again is live-table.ts.

import type { EndpointStats } from '@sluice/core';
import type { BalancerFacts } from './balancers.ts';

/** An endpoint's line. */
interface Row {
  readonly endpoint: EndpointStats;
  readonly share: number | undefined;
  readonly expected: number | undefined;
  readonly recentShare: number;
}

interface Column {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly alignLeft?: boolean;
}

const columns: readonly Column[] = [
  { title: 'endpoint', cell: ({ endpoint }) => endpoint.id, alignLeft: true },
  { title: 'weight', cell: ({ endpoint }) => String(endpoint.weight) },
  { title: 'state', cell: ({ endpoint }) => endpoint.state.padEnd('available'.length), alignLeft: true },
  { title: 'requests', cell: ({ endpoint }) => String(endpoint.acquired) },
  { title: 'share', cell: ({ share }) => formatShare(share) },
  { title: 'expected', cell: ({ expected }) => formatShare(expected) },
  { title: 'in flight', cell: ({ endpoint }) => String(endpoint.inFlight) },
  { title: 'failures', cell: ({ endpoint }) => String(endpoint.failed) },
  { title: 'now', cell: ({ recentShare }) => '█'.repeat(Math.round(recentShare * 20)), alignLeft: true },
];

/**
 * The table's lines: a heading, then one for each endpoint. Shares are of all requests so far.
 *
 * @param recent - How many requests each endpoint got lately.
 */
export function formatTable(
  endpoints: readonly EndpointStats[],
  recent: readonly number[],
  sharesBy: BalancerFacts['sharesBy'],
): string[] {
  const total = sum(endpoints.map((endpoint) => endpoint.acquired));
  const expected = expectedShares(endpoints, sharesBy);
  const rows = endpoints.map((endpoint, index) => ({
    endpoint,
    share: total === 0 ? undefined : endpoint.acquired / total,
    expected: expected[index],
    recentShare: (recent[index] ?? 0) / Math.max(sum(recent), 1),
  }));
  const cells = columns.map((column) => alignColumn(column, rows));
  return ['', ...endpoints].map((_, line) => `  ${cells.map((column) => column[line]).join('  ')}`.trimEnd());
}

function alignColumn({ title, cell, alignLeft = false }: Column, rows: readonly Row[]): string[] {
  const texts = [title, ...rows.map(cell)];
  const width = Math.max(...texts.map((text) => text.length));
  return texts.map((text) => (alignLeft ? text.padEnd(width) : text.padStart(width)));
}

/** What each endpoint should get in the long run; unknown when it depends on who the clients are. */
function expectedShares(
  endpoints: readonly EndpointStats[],
  sharesBy: BalancerFacts['sharesBy'],
): readonly (number | undefined)[] {
  if (sharesBy === 'client' || sharesBy === 'state') return [];
  const weights = endpoints.map((endpoint) => (sharesBy === 'turn' ? 1 : endpoint.weight));
  const total = sum(weights);
  return weights.map((weight) => weight / total);
}

function formatShare(share: number | undefined): string {
  return share === undefined ? '-' : `${(share * 100).toFixed(1)}%`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
