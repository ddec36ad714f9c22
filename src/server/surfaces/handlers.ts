import {organizationWide} from '../../contract/permissions.ts'
import type {DiscloseRoute, Input, ReadRoute, Reply, Route, WriteRoute} from '../../contract/route.ts'
import type {RouteName, Routes} from '../../contract/routes/index.ts'
import {countActivity} from '../audit/activity.ts'
import {listAudit} from '../audit/list.ts'
import {pruneAudit} from '../audit/prune.ts'
import {sealAudit} from '../audit/seal.ts'
import {listSegments} from '../audit/segments.ts'
import {csrfToken} from '../credentials/identify.ts'
import {bindEnvironments} from '../environments/bind.ts'
import {changes} from '../environments/changes.ts'
import {createEnvironments} from '../environments/create.ts'
import {deleteEnvironments} from '../environments/delete.ts'
import {enterEnvironments} from '../environments/enter.ts'
import {explainEnvironment} from '../environments/explain.ts'
import {listEnvironments} from '../environments/list.ts'
import {renameEnvironments} from '../environments/rename.ts'
import {resolveEnvironments} from '../environments/resolve.ts'
import {revealEnvironments} from '../environments/reveal.ts'
import {showEnvironment} from '../environments/show.ts'
import {unbindEnvironments} from '../environments/unbind.ts'
import {workloadWhoami} from '../environments/whoami.ts'
import type {Act, Read, Reveal} from '../gate/types.ts'
import {rotateKeys} from '../keys/rotate.ts'
import {showKeys} from '../keys/show.ts'
import {createOrgs} from '../orgs/create.ts'
import {deleteOrgs} from '../orgs/delete.ts'
import {setLimits, showLimits} from '../orgs/limits.ts'
import {listOrgs} from '../orgs/list.ts'
import {showOrg} from '../orgs/show.ts'
import {applyPolicy} from '../policy/apply.ts'
import {lockPolicy, resetPolicy, unlockPolicy} from '../policy/change.ts'
import {showPolicy} from '../policy/show.ts'
import {createRoles, deleteRoles} from '../roles/change.ts'
import {listRoles} from '../roles/list.ts'
import {compareScopes} from '../scopes/compare.ts'
import {createScopes} from '../scopes/create.ts'
import {deleteScopes} from '../scopes/delete.ts'
import {listScopes} from '../scopes/list.ts'
import {renameScopes} from '../scopes/rename.ts'
import {copySecrets} from '../secrets/copy.ts'
import {declareSecrets} from '../secrets/declare.ts'
import {deleteSecrets} from '../secrets/delete.ts'
import {describeSecrets} from '../secrets/describe.ts'
import {diffSecrets} from '../secrets/diff.ts'
import {showFacts} from '../secrets/facts.ts'
import {listSecretVersions} from '../secrets/history.ts'
import {importSecrets} from '../secrets/import.ts'
import {listSecrets} from '../secrets/list.ts'
import {moveSecrets} from '../secrets/move.ts'
import {purgeSecrets} from '../secrets/purge.ts'
import {listReferences} from '../secrets/references.ts'
import {restoreSecrets} from '../secrets/restore.ts'
import {revealSecrets} from '../secrets/reveal.ts'
import {rollBackSecrets} from '../secrets/rollback.ts'
import {setSecrets} from '../secrets/set.ts'
import {setManySecrets} from '../secrets/set-many.ts'
import {showTotp} from '../secrets/totp.ts'
import {openDashboard} from '../sessions/links.ts'
import {listSessions} from '../sessions/list.ts'
import {revokeSessions} from '../sessions/revoke.ts'
import {revokeTokens, rotateTokens} from '../tokens/change.ts'
import {createTokens} from '../tokens/create.ts'
import {listTokens} from '../tokens/list.ts'
import {deleteVariables} from '../variables/delete.ts'
import {getVariables} from '../variables/get.ts'
import {listVariableVersions} from '../variables/history.ts'
import {listVariables} from '../variables/list.ts'
import {purgeVariables} from '../variables/purge.ts'
import {restoreVariables} from '../variables/restore.ts'
import {revealVariables} from '../variables/reveal.ts'
import {rollBackVariables} from '../variables/rollback.ts'
import {setVariables} from '../variables/set.ts'
import {setManyVariables} from '../variables/set-many.ts'
import type {Context} from './context.ts'

type Handler<R extends Route> = R extends ReadRoute
  ? (read: Read, input: Input<R>) => Promise<Reply<R>>
  : R extends WriteRoute
    ? Act<R['operation'], Input<R>, Reply<R>>
    : R extends DiscloseRoute
      ? Reveal<Input<R>, Reply<R>>
      : never

/** Total by type: a route without its handler does not compile, nor does a write that does not say what it changed. */
export type Handlers = {[N in RouteName]: Handler<Routes[N]>}

/** What each route does; the same for every surface. */
export function handlers({keyring, version, dashboardUrl, now}: Context): Handlers {
  return {
    whoami: async ({actor}) => ({
      actor: {kind: actor.kind, id: actor.id, name: actor.name},
      surface: actor.surface === 'dashboard' ? 'dashboard' : 'cli',
      org: actor.org,
      role: actor.role,
      permissions: actor.permissions.filter((one) => actor.scopes === null || !organizationWide.includes(one)),
      scopes: actor.scopes === null ? null : [...actor.scopes],
      cidrs: actor.cidrs === null ? null : [...actor.cidrs],
      expiresAt: actor.expiresAt,
      serverVersion: version,
      auditKey: keyring.auditKey,
      ...(actor.sessionId === null || actor.surface !== 'dashboard'
        ? {}
        : {csrfToken: csrfToken(keyring, actor.sessionId)}),
    }),
    sealingKey: async () => keyring.sealingKey,
    secretsList: listSecrets,
    secretsSet: setSecrets,
    secretsSetMany: setManySecrets,
    secretsImport: importSecrets,
    secretsCopy: copySecrets,
    secretsMove: moveSecrets,
    secretsDiff: diffSecrets,
    secretsDeclare: declareSecrets,
    secretsDelete: deleteSecrets,
    secretsHistory: listSecretVersions,
    secretsReferences: listReferences,
    secretsReveal: revealSecrets,
    secretsTotp: showTotp,
    secretsRollback: rollBackSecrets,
    secretsRestore: restoreSecrets,
    secretsFacts: showFacts,
    secretsDescribe: describeSecrets,
    secretsPurge: purgeSecrets,
    variablesList: listVariables,
    variablesGet: getVariables,
    variablesReveal: revealVariables,
    variablesSet: setVariables,
    variablesSetMany: setManyVariables,
    variablesDelete: deleteVariables,
    variablesHistory: listVariableVersions,
    variablesRollback: rollBackVariables,
    variablesRestore: restoreVariables,
    variablesPurge: purgeVariables,
    scopesList: listScopes,
    scopesCompare: compareScopes,
    scopesCreate: createScopes,
    scopesRename: renameScopes,
    scopesDelete: deleteScopes,
    policyShow: showPolicy,
    policyLock: lockPolicy,
    policyUnlock: unlockPolicy,
    policyReset: resetPolicy,
    policyApply: applyPolicy,
    limitsShow: showLimits,
    limitsSet: setLimits,
    orgsList: listOrgs,
    orgsShow: showOrg,
    orgsCreate: createOrgs(keyring),
    orgsDelete: deleteOrgs,
    auditList: listAudit(keyring.auditKey),
    auditActivity: countActivity(now),
    auditSegments: listSegments(keyring.auditKey),
    auditSeal: sealAudit,
    auditPrune: pruneAudit,
    keysShow: showKeys,
    keysRotate: rotateKeys(keyring),
    dashboardOpen: openDashboard(keyring, dashboardUrl),
    sessionsList: listSessions,
    sessionsRevoke: revokeSessions,
    tokensList: listTokens,
    tokensCreate: createTokens(keyring),
    tokensRevoke: revokeTokens,
    tokensRotate: rotateTokens(keyring),
    rolesList: listRoles,
    rolesCreate: createRoles,
    rolesDelete: deleteRoles,
    environmentsList: listEnvironments,
    environmentsShow: showEnvironment,
    environmentsCreate: createEnvironments,
    environmentsRename: renameEnvironments,
    environmentsDelete: deleteEnvironments,
    environmentsBind: bindEnvironments,
    environmentsUnbind: unbindEnvironments,
    environmentsExplain: explainEnvironment,
    environmentsReveal: revealEnvironments,
    environmentsEnter: enterEnvironments(keyring),
    workloadResolve: resolveEnvironments,
    workloadChanges: changes(),
    workloadWhoami: async ({actor}) => workloadWhoami(actor, version),
  }
}
