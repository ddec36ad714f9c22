import type {Route} from '../route.ts'
import {auditList, auditPrune, auditSeal, auditSegments} from './audit.ts'
import {
  environmentsBind,
  environmentsCreate,
  environmentsDelete,
  environmentsEnter,
  environmentsExplain,
  environmentsList,
  environmentsRename,
  environmentsShow,
  environmentsUnbind,
} from './environments.ts'
import {keysRotate, keysShow} from './keys.ts'
import {limitsSet, limitsShow} from './limits.ts'
import {orgsCreate, orgsDelete, orgsList, orgsShow} from './orgs.ts'
import {policyApply, policyLock, policyReset, policyShow, policyUnlock} from './policy.ts'
import {rolesCreate, rolesDelete, rolesList} from './roles.ts'
import {scopesCompare, scopesCreate, scopesDelete, scopesList, scopesRename} from './scopes.ts'
import {
  secretsDeclare,
  secretsDelete,
  secretsDescribe,
  secretsFacts,
  secretsHistory,
  secretsList,
  secretsPurge,
  secretsReferences,
  secretsRestore,
  secretsRollback,
  secretsSet,
  secretsSetMany,
  secretsTotp,
} from './secrets.ts'
import {dashboardOpen, sealingKey, whoami} from './session.ts'
import {tokensCreate, tokensList, tokensRevoke, tokensRotate} from './tokens.ts'
import {
  variablesDelete,
  variablesGet,
  variablesHistory,
  variablesList,
  variablesPurge,
  variablesRestore,
  variablesRollback,
  variablesSet,
  variablesSetMany,
} from './variables.ts'
import {workloadChanges, workloadResolve, workloadWhoami} from './workload.ts'

/** Every route, by name: server, client, OpenAPI and tests read this one list. */
export const routes = {
  whoami,
  sealingKey,
  secretsList,
  secretsSet,
  secretsSetMany,
  secretsDeclare,
  secretsDelete,
  secretsHistory,
  secretsReferences,
  secretsTotp,
  secretsRollback,
  secretsRestore,
  secretsFacts,
  secretsDescribe,
  secretsPurge,
  variablesList,
  variablesGet,
  variablesSet,
  variablesSetMany,
  variablesDelete,
  variablesHistory,
  variablesRollback,
  variablesRestore,
  variablesPurge,
  scopesList,
  scopesCompare,
  scopesCreate,
  scopesRename,
  scopesDelete,
  environmentsList,
  environmentsShow,
  environmentsCreate,
  environmentsRename,
  environmentsDelete,
  environmentsBind,
  environmentsUnbind,
  environmentsExplain,
  environmentsEnter,
  policyShow,
  policyLock,
  policyUnlock,
  policyReset,
  policyApply,
  limitsShow,
  limitsSet,
  auditList,
  auditSegments,
  auditSeal,
  auditPrune,
  keysShow,
  keysRotate,
  orgsList,
  orgsShow,
  orgsCreate,
  orgsDelete,
  dashboardOpen,
  tokensList,
  tokensCreate,
  tokensRevoke,
  tokensRotate,
  rolesList,
  rolesCreate,
  rolesDelete,
  workloadResolve,
  workloadChanges,
  workloadWhoami,
} as const satisfies Record<string, Route>

export type Routes = typeof routes
export type RouteName = keyof Routes
