// Native plans are cached in their bindings until one of their relations changes.
#pragma once

#include "src/binding/native_plan.hpp"

namespace tailor {

/// The binding's plan, made anew if there is no valid one. All partitions are locked until the transaction
/// ends. `caller` is the SQL function that was called. Valid while the binding is in use.
const NativePlan& current_plan(Binding& binding, Oid caller);

/// Frees the plan of a binding that is not in use, if it has one.
void forget_plan(Binding& binding);

/// Marks the plan, if there is one, as stale.
void mark_plan_stale(const Binding& binding);

/// The same if the plan depends on a changed relation (InvalidOid: any). Only sets a flag, because it runs in
/// invalidation callbacks.
void note_change(const Binding& binding, Oid relation);

}  // namespace tailor
