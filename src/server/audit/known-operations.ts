import {registry} from '../../contract/operations.ts'
import {routes} from '../../contract/routes/index.ts'
import {ownNames} from '../gate/permit.ts'
import {Refused} from '../gate/refused.ts'

const disclosing = Object.values(routes).flatMap((route) => ('discloses' in route ? [route.discloses] : []))
const known = [...registry.keys(), ...disclosing, ...ownNames]
const nouns = [...new Set(known.map((name) => partsOf(name)[0]!))]

function partsOf(operation: string): string[] {
  return operation.split('.')
}

/** @throws Refused `malformed` when no entry of any log can be of this operation; it names those that share its noun or its verb. */
export function checkOperation(operation: string): void {
  if (known.includes(operation)) return
  const [noun, verb] = partsOf(operation)
  const near = known.filter((name) => {
    const [itsNoun, itsVerb] = partsOf(name)
    return itsNoun === noun || itsNoun === `${noun}s` || itsVerb === verb
  })
  const those = near.length > 0 ? `Near it: ${near.join(', ')}.` : `They are of: ${nouns.join(', ')}.`
  throw new Refused('malformed', `There is no operation of this name. ${those}`)
}
