import type {RouteName} from '../../src/contract/routes/index.ts'
import type {Asks} from './browser.ts'

const value = {encoding: 'utf8', data: 'sample'} as const
const query = {scope: 'production'}
const org = 'default'
const params = {org, key: 'SAMPLE'}
const selectors = [{by: 'operation' as const, name: 'secrets.set'}]

/** A well-formed request of each route, total by type: a route that is added does not compile without its own. */
export const samples: {[N in RouteName]: Asks<N>} = {
  whoami: {},
  sealingKey: {},
  secretsList: {query},
  secretsSet: {params, query, body: {value}},
  secretsSetMany: {params: {org}, query: {dryRun: true}, body: {items: [{scope: 'production', key: 'SAMPLE', value}]}},
  secretsDeclare: {params, query},
  secretsDelete: {params, query},
  secretsHistory: {params, query},
  secretsRollback: {params, query, body: {to: 1}},
  secretsRestore: {params, query},
  secretsPurge: {query, body: {olderThan: 86_400}},
  secretsFacts: {params, query},
  secretsDescribe: {params, query, body: {note: 'a sample'}},
  variablesList: {query},
  variablesGet: {params, query},
  variablesSet: {params, query, body: {value}},
  variablesSetMany: {
    params: {org},
    query: {dryRun: true},
    body: {items: [{scope: 'production', key: 'SAMPLE', value}]},
  },
  variablesDelete: {params, query},
  variablesHistory: {params, query},
  variablesRollback: {params, query, body: {to: 1}},
  variablesRestore: {params, query},
  variablesPurge: {query, body: {olderThan: 86_400}},
  scopesList: {},
  scopesCompare: {query: {...query, with: 'production'}},
  scopesCreate: {query},
  scopesRename: {query: {...query, dryRun: true}, body: {to: 'renamed'}},
  scopesDelete: {query},
  policyShow: {},
  policyLock: {query: {dryRun: true}, body: {selectors}},
  policyUnlock: {query: {dryRun: true}, body: {selectors}},
  policyReset: {query: {dryRun: true}, body: {}},
  policyApply: {query: {dryRun: true}, body: {rules: []}},
  limitsShow: {},
  limitsSet: {query: {dryRun: true}, body: {keptVersions: 10}},
  auditList: {query: {limit: 1}},
  auditSegments: {},
  auditSeal: {query: {dryRun: true}, body: {last: 1}},
  auditPrune: {query: {dryRun: true}, body: {last: 1, hash: '0'.repeat(64), sha256: '0'.repeat(64)}},
  keysShow: {},
  keysRotate: {},
  orgsList: {},
  orgsShow: {params: {org, name: org}},
  orgsCreate: {body: {name: org}},
  orgsDelete: {params: {org, name: 'no-such-org'}, query: {dryRun: true}},
  dashboardOpen: {},
  tokensList: {},
  tokensCreate: {body: {name: 'owner', role: 'auditor', scopes: ['production']}},
  tokensRevoke: {params: {org, name: 'no-such-token'}},
  tokensRotate: {params: {org, name: 'no-such-token'}},
  rolesList: {},
  rolesCreate: {query: {dryRun: true}, body: {name: 'sample', permissions: ['secrets.list']}},
  rolesDelete: {params: {org, name: 'no-such-role'}},
}
