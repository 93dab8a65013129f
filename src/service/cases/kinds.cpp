#include "service/cases/kinds.hpp"

namespace lightkeeper::cases {

namespace {

template <class Enum, std::size_t N>
Result<Enum> from_name(std::string_view name, const std::array<Enum, N>& all) {
  for (const auto value : all) {
    if (name_of(value) == name) {
      return value;
    }
  }
  return fail(ErrorCode::bad_argument, "cases", "an unknown word for a kind of thing");
}

}  // namespace

std::string_view name_of(Harm harm) {
  switch (harm) {
    case Harm::known_picture:
      return "known_picture";
    case Harm::grooming:
      return "grooming";
    case Harm::threat:
      return "threat";
    case Harm::unwanted:
      return "unwanted";
    case Harm::other:
      break;
  }
  return "other";
}

std::string_view name_of(DecisionKind kind) {
  switch (kind) {
    case DecisionKind::warn:
      return "warn";
    case DecisionKind::restrict_account:
      return "restrict";
    case DecisionKind::escalate:
      return "escalate";
    case DecisionKind::report:
      return "report";
    case DecisionKind::no_action:
      break;
  }
  return "no_action";
}

std::string_view name_of(State state) {
  switch (state) {
    case State::awaiting_second:
      return "awaiting_second";
    case State::decided:
      return "decided";
    case State::appealed:
      return "appealed";
    case State::open:
      break;
  }
  return "open";
}

std::string_view name_of(EvidenceClass evidence_class) {
  switch (evidence_class) {
    case EvidenceClass::verified:
      return "verified";
    case EvidenceClass::provider_record:
      return "provider_record";
    case EvidenceClass::not_verified:
      break;
  }
  return "not_verified";
}

std::string_view name_of(Deed deed) {
  switch (deed) {
    case Deed::second:
      return "second";
    case Deed::quality:
      return "quality";
    case Deed::appeal:
      return "appeal";
    case Deed::decision:
      break;
  }
  return "decision";
}

std::string_view name_of(Band band) {
  switch (band) {
    case Band::rescue:
      return "rescue";
    case Band::high:
      return "high";
    case Band::normal:
      return "normal";
    case Band::low:
      break;
  }
  return "low";
}

std::string_view name_of(QueueView view) {
  switch (view) {
    case QueueView::mine:
      return "mine";
    case QueueView::second:
      return "second";
    case QueueView::appeals:
      return "appeals";
    case QueueView::decided:
      return "decided";
    case QueueView::quarantine:
      return "quarantine";
    case QueueView::sampled:
      return "sampled";
    case QueueView::all:
      return "all";
    case QueueView::queue:
      break;
  }
  return "queue";
}

std::string_view name_of(Indicator indicator) {
  switch (indicator) {
    case Indicator::demands_payment:
      return "demands_payment";
    case Indicator::threatens_to_share:
      return "threatens_to_share";
    case Indicator::asks_for_secrecy:
      return "asks_for_secrecy";
    case Indicator::moves_elsewhere:
      return "moves_elsewhere";
    case Indicator::asks_to_meet:
      break;
  }
  return "asks_to_meet";
}

Result<Harm> harm_from_name(std::string_view name) { return from_name(name, kHarms); }
Result<DecisionKind> decision_from_name(std::string_view name) {
  return from_name(name, kDecisionKinds);
}
Result<State> state_from_name(std::string_view name) { return from_name(name, kStates); }
Result<Deed> deed_from_name(std::string_view name) { return from_name(name, kDeeds); }
Result<QueueView> view_from_name(std::string_view name) { return from_name(name, kQueueViews); }
Result<Indicator> indicator_from_name(std::string_view name) {
  return from_name(name, kIndicators);
}

}  // namespace lightkeeper::cases
