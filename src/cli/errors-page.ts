import { catalogue } from '../errors.js';

const head = `# Errors

Every error is one line on standard error, \`warpline: CODE: what is wrong. What to do.\`, and the
exit status says whose turn it is. \`{name}\` stands for what differs from case to case. With
\`WARPLINE_DEBUG=1\` in the environment the stack follows.

This page is made from the catalogue in \`src/errors.ts\` by \`npm run docs\`.
`;

const sections: [1 | 2, string][] = [
  [2, 'Exit status 2: wrong use (options, config, input file)'],
  [1, 'Exit status 1: failed while running'],
];

/** docs/errors.md, as it follows from the catalogue: a heading for each code, to link to. */
export function errorsPage(): string {
  const parts = sections.map(([exit, title]) => {
    const entries = Object.entries(catalogue).filter(([, entry]) => entry.exit === exit);
    const texts = entries.map(([code, { what, todo }]) => `\n### ${code}\n\n> ${what}. ${todo}.\n`);
    return `\n## ${title}\n${texts.join('')}`;
  });
  return head + parts.join('');
}
