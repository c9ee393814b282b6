"""SimpleJWT's views under the paths at which Signet answers, a protected one, and Django's admin."""

from django.contrib import admin
from django.urls import path
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework_simplejwt import views


@api_view(["GET"])
@permission_classes([IsAuthenticated])
def me(request):
    user = request.user
    return Response({"id": user.id, "username": user.username, "email": user.email})


urlpatterns = [
    path("admin/", admin.site.urls),
    path("auth/token/", views.TokenObtainPairView.as_view()),
    path("auth/token/refresh/", views.TokenRefreshView.as_view()),
    path("auth/token/verify/", views.TokenVerifyView.as_view()),
    path("auth/token/blacklist/", views.TokenBlacklistView.as_view()),
    path("auth/token/sliding/", views.TokenObtainSlidingView.as_view()),
    path("auth/token/sliding/refresh/", views.TokenRefreshSlidingView.as_view()),
    path("auth/me/", me),
]
