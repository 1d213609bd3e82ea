#!/usr/bin/env node
// The way in, in JavaScript that every Node of the last years can read: an older one would stumble over the
// program's own files (their syntax, their imports) before a line of them could say why.
import { existsSync } from 'node:fs';

const MINIMUM_NODE = 24;
const version = process.versions.node;

if (parseInt(version, 10) < MINIMUM_NODE) {
  process.stderr.write(
    `backup-archiver needs Node ${MINIMUM_NODE} or newer, and this is Node ${version}: install a newer one, or run it with "npm start" in a checkout after "npm ci", which brings its own.\n`,
  );
  process.exitCode = 2;
} else {
  // A checkout runs what is written there, not what was built from it some time ago; a package has no sources.
  const source = new URL('../src/main.ts', import.meta.url);
  // Not awaited: Node 12 cannot read an `await` here.
  import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href);
}
