// Native plans are kept with their bindings until a relation changes that they were made from.
#pragma once

#include "src/binding/native_plan.hpp"

namespace tailor {

/// The binding's plan, made where there is none that holds. All partitions are locked then, until the
/// transaction ends. `caller` is the SQL function called. Valid while the binding is in use.
const NativePlan& current_plan(Binding& binding, Oid caller);

/// Frees the plan of a binding that is not in use, if it has one.
void forget_plan(Binding& binding);

/// The plan, if there is one, is to be made anew.
void mark_plan_stale(const Binding& binding);

/// The same where the plan was made from a changed relation (InvalidOid: any). Only sets a flag: it may be
/// called at any lock.
void note_change(const Binding& binding, Oid relation);

}  // namespace tailor
