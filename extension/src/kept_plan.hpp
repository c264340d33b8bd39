// Native plans are kept with their bindings until a relation changes that they were made from.
#pragma once

#include "src/native_plan.hpp"

namespace tailor {

/// The binding's plan, made where there is none that holds. All partitions are locked then, until the
/// transaction ends. `caller` is the SQL function called. Valid until the next call.
const NativePlan& current_plan(Binding& binding, Oid caller);

/// Drops the binding's plan, if it has one.
void forget_plan(Binding& binding);

/// Takes note of a changed relation (InvalidOid: of any). Does nothing else: it may be called at any lock.
void note_change(const Binding& binding, Oid relation);

}  // namespace tailor
