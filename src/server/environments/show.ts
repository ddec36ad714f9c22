import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {Refused} from '../gate/refused.ts'
import type {Read} from '../gate/types.ts'
import {listed} from './list.ts'
import {loadEnvironments, loadFeeding, NO_ENVIRONMENT} from './load.ts'

type Route = Routes['environmentsShow']

/** An environment, its own bindings and those that its collections lend it. @throws Refused `not_found`. */
export async function showEnvironment({db, actor, now}: Read, {query}: Input<Route>): Promise<Reply<Route>> {
  const {environment} = query
  const row = (await loadEnvironments(db, actor.orgId, [environment])).get(environment)
  if (row === undefined) throw new Refused('not_found', NO_ENVIRONMENT)
  const [counted] = await listed({db, now}, [row])
  const feeding = (await loadFeeding(db, actor.orgId, [environment])).get(environment)!
  const bindings = feeding.map(({id: _, keys, ...binding}) => ({...binding, keys: keys && [...keys]}))
  return {
    ...counted!,
    own: bindings.filter((one) => one.environment === environment).map(({environment: _, ...own}) => own),
    lent: bindings.filter((one) => one.environment !== environment),
  }
}
