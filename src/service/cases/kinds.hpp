// The words of the review desk, as enumerations with the names that the API and the database use.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/base/result.hpp"

namespace lightkeeper::cases {

enum class Harm : std::uint8_t { known_picture, grooming, threat, unwanted, other };
inline constexpr std::array kHarms{Harm::known_picture, Harm::grooming, Harm::threat,
                                   Harm::unwanted, Harm::other};

/// escalate: to a senior; report: to the hotline or hotlines.
enum class DecisionKind : std::uint8_t { no_action, warn, restrict_account, escalate, report };
inline constexpr std::array kDecisionKinds{DecisionKind::no_action, DecisionKind::warn,
                                           DecisionKind::restrict_account, DecisionKind::escalate,
                                           DecisionKind::report};

enum class State : std::uint8_t { open, awaiting_second, decided, appealed };
inline constexpr std::array kStates{State::open, State::awaiting_second, State::decided,
                                    State::appealed};

/// Never mixed: what a frank proves, what a person told us, what the service itself recorded.
enum class EvidenceClass : std::uint8_t { not_verified, verified, provider_record };
inline constexpr std::array kEvidenceClasses{EvidenceClass::not_verified, EvidenceClass::verified,
                                             EvidenceClass::provider_record};

/// What a row of the chain of decisions is.
enum class Deed : std::uint8_t { decision, second, quality, appeal };
inline constexpr std::array kDeeds{Deed::decision, Deed::second, Deed::quality, Deed::appeal};

enum class Band : std::uint8_t { low, normal, high, rescue };
inline constexpr std::array kBands{Band::low, Band::normal, Band::high, Band::rescue};

enum class QueueView : std::uint8_t {
  queue,
  mine,
  second,
  appeals,
  decided,
  quarantine,
  sampled,
  all
};
inline constexpr std::array kQueueViews{
    QueueView::queue,   QueueView::mine,       QueueView::second,  QueueView::appeals,
    QueueView::decided, QueueView::quarantine, QueueView::sampled, QueueView::all};

/// Signs of pressure that the reporter's own device noticed; reason codes only, never words.
enum class Indicator : std::uint8_t {
  demands_payment,
  threatens_to_share,
  asks_for_secrecy,
  moves_elsewhere,
  asks_to_meet,
};
inline constexpr std::array kIndicators{Indicator::demands_payment, Indicator::threatens_to_share,
                                        Indicator::asks_for_secrecy, Indicator::moves_elsewhere,
                                        Indicator::asks_to_meet};

[[nodiscard]] std::string_view name_of(Harm harm);
[[nodiscard]] std::string_view name_of(DecisionKind kind);
[[nodiscard]] std::string_view name_of(State state);
[[nodiscard]] std::string_view name_of(EvidenceClass evidence_class);
[[nodiscard]] std::string_view name_of(Deed deed);
[[nodiscard]] std::string_view name_of(Band band);
[[nodiscard]] std::string_view name_of(QueueView view);
[[nodiscard]] std::string_view name_of(Indicator indicator);

/// `bad_argument` for another word.
[[nodiscard]] Result<Harm> harm_from_name(std::string_view name);
[[nodiscard]] Result<DecisionKind> decision_from_name(std::string_view name);
[[nodiscard]] Result<State> state_from_name(std::string_view name);
[[nodiscard]] Result<Deed> deed_from_name(std::string_view name);
[[nodiscard]] Result<QueueView> view_from_name(std::string_view name);
[[nodiscard]] Result<Indicator> indicator_from_name(std::string_view name);

}  // namespace lightkeeper::cases
