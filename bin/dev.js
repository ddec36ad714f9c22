#!/usr/bin/env node
// Runs the source: builds dist/ and starts it. For those who work on Postern; it is not in the package.
'use strict'
const {execFileSync} = require('node:child_process')
const {join} = require('node:path')

execFileSync(process.execPath, [join(__dirname, '../scripts/build.js')], {stdio: ['ignore', 'ignore', 'inherit']})
require('./run.js')
